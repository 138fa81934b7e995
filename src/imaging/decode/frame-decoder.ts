/**
 * One frame's bytes to 16-bit cells, by transfer syntax. The stream's own header has to agree with Rows and Columns
 * before a codec may allocate for it. Throws Fault `pixels-corrupt` or `codec-failed`.
 */
import { readJpeg2000Header, readJpegHeader, trimToEndMarker, type CodestreamHeader } from './codestream-header.ts';
import { decodeJpegLossless } from './jpeg-lossless.ts';
import { decodeJpegLs, initializeJpegLs } from './jpeg-ls.ts';
import { decodeWithNativeCodec, initializeNativeCodecs } from './native-codecs.ts';
import { corrupt } from './pixel-frames.ts';
import type { PixelLayout } from './pixel-layout.ts';
import { decodeRleLossless } from './rle-lossless.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

/** Loads what a syntax needs, once per thread; must have ended before a frame of it is decoded. */
export async function prepareCodec(codec: TransferSyntax['codec'] | undefined): Promise<void> {
  if (codec === 'jpeg-ls') await initializeJpegLs();
  if (codec === 'jpeg-2000' || codec === 'htj2k') await initializeNativeCodecs();
}

export function decodeFrame(bytes: Uint8Array, syntax: TransferSyntax, layout: PixelLayout): Uint16Array {
  switch (syntax.codec) {
    case 'native':
      return readNativeCells(bytes, syntax.littleEndian);
    case 'rle':
      return decodeRleLossless(bytes, layout.rows * layout.columns);
    case 'jpeg-lossless': {
      const stream = trimToEndMarker(bytes);
      requireAgreement(readJpegHeader(stream), layout);
      return decodeJpegLossless(stream);
    }
    case 'jpeg-ls': {
      const stream = trimToEndMarker(bytes);
      requireAgreement(readJpegHeader(stream), layout);
      return decodeJpegLs(stream, layout);
    }
    case 'jpeg-2000':
    case 'htj2k': {
      const stream = trimToEndMarker(bytes);
      requireAgreement(readJpeg2000Header(stream), layout);
      return decodeWithNativeCodec(syntax.codec, stream, layout);
    }
  }
}

/** Little endian cells are seen in place: nothing here writes to a file's bytes. */
function readNativeCells(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  const isAligned = bytes.byteOffset % Uint16Array.BYTES_PER_ELEMENT === 0;
  if (littleEndian && isAligned) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const cells = new Uint16Array(bytes.length >> 1);
  new Uint8Array(cells.buffer).set(bytes);
  if (!littleEndian) Buffer.from(cells.buffer).swap16();
  return cells;
}

function requireAgreement(header: CodestreamHeader, layout: PixelLayout): void {
  if (header.rows !== layout.rows || header.columns !== layout.columns || header.components !== 1) {
    throw corrupt('the stream has other dimensions than the header');
  }
  // Fewer bits than BitsStored are in the field (CQ500 slices: 13 of 14) and harmless: values are sign-extended.
  if (header.bits > 16) throw corrupt('the stream is deeper than 16 bits');
}
