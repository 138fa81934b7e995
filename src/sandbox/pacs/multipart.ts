/**
 * multipart/related as DICOMweb uses it (PS3.18 8.6.1.2, RFC 2387): written for retrieval, read for STOW-RS.
 */
import { Fault } from '../../errors.ts';

export interface Part {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Yields the message piece by piece, so that a study is never held twice in memory. */
export function* writeMultipart(parts: Iterable<Part>, boundary: string): Generator<Uint8Array> {
  for (const part of parts) {
    const head = [
      `--${boundary}`,
      `Content-Type: ${part.contentType}`,
      `Content-Length: ${String(part.body.length)}`,
      '',
      '',
    ];
    yield Buffer.from(head.join('\r\n'), 'latin1');
    yield part.body;
    yield Buffer.from('\r\n', 'latin1');
  }
  yield Buffer.from(`--${boundary}--\r\n`, 'latin1');
}

/** The boundary named by a Content-Type, quoted or not; undefined when there is none. */
export function findBoundary(contentType: string): string | undefined {
  const match = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Throws Fault `request-malformed` when the closing delimiter or a part's header end is missing. */
export function readMultipart(message: Buffer, boundary: string): readonly Part[] {
  const parts: Part[] = [];
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let at = message.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (message.subarray(start, start + 2).toString('latin1') === '--') return parts;
    const next = message.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]), start);
    const headEnd = message.indexOf('\r\n\r\n', start);
    if (next < 0 || headEnd < 0 || headEnd > next) break;
    const head = message.subarray(start, headEnd).toString('latin1');
    const contentType = /^content-type:\s*(.+)$/im.exec(head)?.[1]?.trim() ?? 'application/octet-stream';
    parts.push({ contentType, body: message.subarray(headEnd + 4, next) });
    at = next + 2;
  }
  throw new Fault('request-malformed', 'The multipart message has no closing delimiter');
}
