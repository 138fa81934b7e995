/** A dataset as a Part 10 file (PS3.10 7.1), explicit VR little endian: every archive reads it, nothing is lost. */
import { data, type DicomElements, type NaturalDataset } from 'dcmjs';
import { IMPLEMENTATION } from './result-uids.ts';

const { DicomDict, DicomMetaDictionary } = data;
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/**
 * @param copied elements of the source, taken over as they are
 * @param pixels native pixel data, 8 bits a sample
 */
export function writePart10(
  dataset: NaturalDataset,
  copied: DicomElements,
  pixels?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const file = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: dataset['SOPClassUID'],
      MediaStorageSOPInstanceUID: dataset['SOPInstanceUID'],
      TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
      ImplementationClassUID: IMPLEMENTATION.classUid,
      ImplementationVersionName: IMPLEMENTATION.versionName,
    }),
  );
  file.dict = { ...copied, ...DicomMetaDictionary.denaturalizeDataset(dataset) };
  if (pixels !== undefined) file.dict['7FE00010'] = { vr: 'OB', Value: [toEvenBuffer(pixels)] };
  return new Uint8Array(file.write({ fragmentMultiframe: false }));
}

/** PS3.5 8.1.1: pixel data has an even length. */
function toEvenBuffer(bytes: Uint8Array): ArrayBuffer {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return even.buffer;
}
