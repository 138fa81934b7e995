/**
 * A natural dataset and its frames as DICOM Part 10 bytes in any of the transfer syntaxes.
 * dcmjs writes the elements; this file adds what it leaves to the caller: byte order of the pixels (big endian),
 * the deflated body (PS3.5 A.5) and encapsulated frames made by dcmjs-codecs (PS3.5 A.4).
 */
import { deflateRawSync } from 'node:zlib';
import { data, type NaturalDataset } from 'dcmjs';
import dcmjsCodecs from 'dcmjs-codecs';
import { createUid } from './uid.ts';
import { isEncapsulated, TRANSFER_SYNTAX_UIDS, type TransferSyntaxName } from './transfer-syntax.ts';

const { DicomDict, DicomMetaDictionary } = data;
const { Context, NativeCodecs } = dcmjsCodecs;
type CodecContext = InstanceType<typeof Context>;

export interface FrameFormat {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly samplesPerPixel: 1 | 3;
}

/** Call once before writing an encapsulated syntax: loads the WASM codecs. */
export async function prepareCodecs(): Promise<void> {
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
}

function encodeFrame(frame: Uint8Array, format: FrameFormat, syntax: TransferSyntaxName): Uint8Array {
  const context = new Context({
    width: format.columns,
    height: format.rows,
    bitsAllocated: format.bitsAllocated,
    bitsStored: format.bitsStored,
    samplesPerPixel: format.samplesPerPixel,
    pixelRepresentation: format.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: format.samplesPerPixel === 1 ? 'MONOCHROME2' : 'RGB',
    decodedBuffer: frame,
  });
  const encoded = encodeWith(context, syntax).getEncodedBuffer();
  if (encoded === undefined) throw new Error(`the codec for ${syntax} returned nothing`);
  return encoded;
}

function encodeWith(context: CodecContext, syntax: TransferSyntaxName): CodecContext {
  switch (syntax) {
    case 'rle':
      return NativeCodecs.encodeRle(context, {});
    case 'jpeg-lossless':
      return NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0 });
    case 'jpeg-ls':
      return NativeCodecs.encodeJpegLs(context, { lossy: false, allowedLossyError: 0 });
    case 'jpeg-2000':
      return NativeCodecs.encodeJpeg2000(context, { lossy: false, progressionOrder: 2 });
    default:
      throw new Error(`${syntax} holds native pixels, not encapsulated ones`);
  }
}

/** A copy of exactly these bytes, padded to an even length: dcmjs writes whole ArrayBuffers. */
function toEvenBuffer(bytes: Uint8Array): ArrayBuffer {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return even.buffer;
}

function pixelValue(frames: readonly Uint8Array[], format: FrameFormat, syntax: TransferSyntaxName): ArrayBuffer[] {
  if (isEncapsulated(syntax)) return frames.map((frame) => toEvenBuffer(encodeFrame(frame, format, syntax)));
  const joined = Buffer.concat(frames);
  if (syntax === 'explicit-be' && format.bitsAllocated === 16) joined.swap16();
  return [toEvenBuffer(joined)];
}

/** Elements of one file; `frames` are little endian, tightly packed; undefined writes no pixel data at all. */
export function writePart10(
  dataset: NaturalDataset,
  frames: readonly Uint8Array[] | undefined,
  format: FrameFormat | undefined,
  syntax: TransferSyntaxName,
): Uint8Array {
  const file = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: dataset['SOPClassUID'],
      MediaStorageSOPInstanceUID: dataset['SOPInstanceUID'],
      TransferSyntaxUID: TRANSFER_SYNTAX_UIDS[syntax],
      ImplementationClassUID: createUid('implementation'),
      ImplementationVersionName: 'PHANTOM_1',
    }),
  );
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  if (frames !== undefined && format !== undefined) {
    const isBytes = isEncapsulated(syntax) || format.bitsAllocated === 8;
    file.dict['7FE00010'] = { vr: isBytes ? 'OB' : 'OW', Value: pixelValue(frames, format, syntax) };
  }
  const bytes = new Uint8Array(file.write({ fragmentMultiframe: false }));
  return syntax === 'deflated' ? deflateBody(bytes) : bytes;
}

/** Deflates everything behind the file meta group, which stays readable (PS3.5 A.5). */
function deflateBody(bytes: Uint8Array): Uint8Array {
  const metaLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true);
  const bodyAt = 144 + metaLength;
  const body = deflateRawSync(bytes.subarray(bodyAt));
  return Buffer.concat([bytes.subarray(0, bodyAt), new Uint8Array(toEvenBuffer(body))]);
}
