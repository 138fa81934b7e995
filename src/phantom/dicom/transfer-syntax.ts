/** The transfer syntaxes a phantom can be written in: short name -> UID (PS3.6 A). */
export const TRANSFER_SYNTAX_UIDS = {
  'implicit-le': '1.2.840.10008.1.2',
  'explicit-le': '1.2.840.10008.1.2.1',
  'explicit-be': '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  rle: '1.2.840.10008.1.2.5',
  'jpeg-lossless': '1.2.840.10008.1.2.4.70',
  'jpeg-ls': '1.2.840.10008.1.2.4.80',
  'jpeg-2000': '1.2.840.10008.1.2.4.90',
} as const;

export type TransferSyntaxName = keyof typeof TRANSFER_SYNTAX_UIDS;

const UNCOMPRESSED: readonly TransferSyntaxName[] = ['implicit-le', 'explicit-le', 'explicit-be', 'deflated'];

export function isEncapsulated(syntax: TransferSyntaxName): boolean {
  return !UNCOMPRESSED.includes(syntax);
}
