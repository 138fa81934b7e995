/** The part of dcmjs 0.50 this project calls; the package ships no types. Only phantom/ and imaging/decode import it. */
declare module 'dcmjs' {
  /** One element as dcmjs keeps it; `Value` holds numbers, strings, ArrayBuffers or nested datasets. */
  export interface DicomElement {
    vr: string;
    Value?: unknown[];
  }
  export type DicomElements = Record<string, DicomElement>;
  export type NaturalDataset = Record<string, unknown>;

  export interface DicomReadOptions {
    ignoreErrors?: boolean;
    untilTag?: string | null;
    includeUntilTagValue?: boolean;
    noCopy?: boolean;
    forceStoreRaw?: boolean;
  }

  interface DicomDictInstance {
    meta: DicomElements;
    dict: DicomElements;
    write(options?: { allowInvalidVRLength?: boolean; fragmentMultiframe?: boolean }): ArrayBuffer;
  }

  export const data: {
    DicomDict: new (meta: DicomElements) => DicomDictInstance;
    DicomMessage: { readFile(buffer: ArrayBuffer, options?: DicomReadOptions): DicomDictInstance };
    DicomMetaDictionary: {
      naturalizeDataset(elements: DicomElements): NaturalDataset;
      denaturalizeDataset(dataset: NaturalDataset): DicomElements;
    };
  };

  /** loglevel logger; dcmjs warns on the console by default. */
  export const log: { setLevel(level: string | number): void };
}
