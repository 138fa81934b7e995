/** Every transfer syntax this room decodes (DICOM PS3.5 Annex A, PS3.6 A-1), and how. */
export type FrameCodec = 'native' | 'rle' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly explicitVr: boolean;
  readonly littleEndian: boolean;
  readonly deflated: boolean;
  readonly codec: FrameCodec;
  /** A lossy syntax may still hold lossless data; the header's LossyImageCompression says which. */
  readonly lossless: boolean;
}

const syntax = (uid: string, name: string, codec: FrameCodec, more: Partial<TransferSyntax> = {}): TransferSyntax => ({
  uid,
  name,
  explicitVr: true,
  littleEndian: true,
  deflated: false,
  codec,
  lossless: true,
  ...more,
});

const TABLE: readonly TransferSyntax[] = [
  syntax('1.2.840.10008.1.2', 'Implicit VR Little Endian', 'native', { explicitVr: false }),
  syntax('1.2.840.10008.1.2.1', 'Explicit VR Little Endian', 'native'),
  syntax('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', 'native', { littleEndian: false }),
  syntax('1.2.840.10008.1.2.1.99', 'Deflated Explicit VR Little Endian', 'native', { deflated: true }),
  syntax('1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'),
  syntax('1.2.840.10008.1.2.4.57', 'JPEG Lossless, Process 14', 'jpeg-lossless'),
  syntax('1.2.840.10008.1.2.4.70', 'JPEG Lossless, Process 14 SV1', 'jpeg-lossless'),
  syntax('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls'),
  syntax('1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'jpeg-ls', { lossless: false }),
  syntax('1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless Only', 'jpeg-2000'),
  syntax('1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000', { lossless: false }),
  syntax('1.2.840.10008.1.2.4.201', 'HTJ2K Lossless Only', 'htj2k'),
  syntax('1.2.840.10008.1.2.4.202', 'HTJ2K RPCL Lossless Only', 'htj2k'),
  syntax('1.2.840.10008.1.2.4.203', 'HTJ2K', 'htj2k', { lossless: false }),
];

const BY_UID = new Map(TABLE.map((entry) => [entry.uid, entry]));

export const SUPPORTED_TRANSFER_SYNTAXES: readonly string[] = TABLE.map((entry) => entry.uid);

export function findTransferSyntax(uid: string): TransferSyntax | undefined {
  return BY_UID.get(uid);
}
