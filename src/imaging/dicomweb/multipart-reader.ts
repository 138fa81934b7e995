/**
 * `multipart/related` (RFC 2046 5.1, RFC 2387) part by part from a stream, holding one part at a time. A missing
 * closing boundary or a part that is not as long as it says is `pacs-answer-malformed`: a truncated transfer is
 * never a shorter series. Limits end the stream the moment they are passed.
 */
import { Fault } from '../../errors.ts';

export interface MultipartLimits {
  readonly maximumHeaderBytes: number;
  readonly maximumPartBytes: number;
  readonly maximumParts: number;
  readonly maximumTotalBytes: number;
}

export interface MultipartPart {
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Owns its whole buffer, so that it can be transferred to a worker. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const broken = (what: string): Fault =>
  new Fault('pacs-answer-malformed', `Multipart answer: ${what}`, { retryable: true });
const tooLarge = (what: string): Fault =>
  new Fault('pacs-answer-malformed', `Multipart answer: ${what} above the limit`);

/** @returns undefined when the content type is not multipart or names no usable boundary (RFC 2046 5.1.1). */
export function readBoundary(contentType: string): string | undefined {
  if (!/^\s*multipart\/related\s*(;|$)/i.test(contentType)) return undefined;
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2];
  return boundary !== undefined && /^[\x20-\x7e]{1,200}$/.test(boundary) ? boundary : undefined;
}

export async function* readMultipart(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<MultipartPart, void, undefined> {
  const window = new StreamWindow(source, limits.maximumTotalBytes);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  await skipPreamble(window, delimiter, limits.maximumHeaderBytes);
  let lastLength = 0;
  for (let count = 0; !(await isClosing(window)); count++) {
    if (count >= limits.maximumParts) throw tooLarge('number of parts');
    const headers = await readHeaders(window, limits.maximumHeaderBytes);
    const declared = readDeclaredLength(headers);
    if (declared !== undefined && declared > limits.maximumPartBytes) throw tooLarge('part');
    const bytes =
      declared === undefined
        ? await window.takeUntil(delimiter, limits.maximumPartBytes, lastLength)
        : await window.takeExactly(declared);
    lastLength = bytes.length;
    if (declared !== undefined) await window.expect(delimiter);
    yield { headers, bytes };
  }
}

/** The first delimiter may open the body without a line break before it. */
async function skipPreamble(window: StreamWindow, delimiter: Buffer, maximum: number): Promise<void> {
  const bare = delimiter.subarray(2);
  if (!(await window.startsWith(bare))) {
    await window.takeUntil(delimiter, maximum, 0);
    return;
  }
  await window.takeExactly(bare.length);
}

async function isClosing(window: StreamWindow): Promise<boolean> {
  const after = Buffer.from(await window.takeExactly(2)).toString('latin1');
  if (after === '--') return true;
  if (after === '\r\n') return false;
  // Transport padding (RFC 2046 5.1.1): blanks up to the line break.
  const rest = Buffer.from(await window.takeUntil(Buffer.from('\r\n'), 200, 0)).toString('latin1');
  if (/^[ \t]*$/.test(after.trimEnd() + rest)) return false;
  throw broken('something follows a boundary');
}

async function readHeaders(window: StreamWindow, maximum: number): Promise<ReadonlyMap<string, string>> {
  const headers = new Map<string, string>();
  for (let left = maximum; ;) {
    const line = Buffer.from(await window.takeUntil(Buffer.from('\r\n'), left, 0)).toString('latin1');
    if (line === '') return headers;
    left -= line.length + 2;
    const colon = line.indexOf(':');
    if (colon < 1) throw broken('a header line has no name');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function readDeclaredLength(headers: ReadonlyMap<string, string>): number | undefined {
  const text = headers.get('content-length');
  if (text === undefined) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw broken('a part has an impossible length');
  return Number(text);
}

/** The unread front of a stream. */
class StreamWindow {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #maximumTotal: number;
  #buffer: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(source: AsyncIterable<Uint8Array>, maximumTotal: number) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#maximumTotal = maximumTotal;
  }

  async startsWith(bytes: Buffer): Promise<boolean> {
    while (this.#buffer.length < bytes.length) await this.#pull();
    return this.#buffer.subarray(0, bytes.length).equals(bytes);
  }

  async expect(bytes: Buffer): Promise<void> {
    if (!(await this.startsWith(bytes))) throw broken('a part is longer than it said');
    this.#buffer = this.#buffer.subarray(bytes.length);
  }

  async takeExactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      if (this.#buffer.length === 0) await this.#pull();
      const piece = this.#buffer.subarray(0, length - at);
      taken.set(piece, at);
      at += piece.length;
      this.#buffer = this.#buffer.subarray(piece.length);
    }
    return taken;
  }

  /** Everything before `delimiter`, which is consumed too. `expected` sizes the first allocation. */
  async takeUntil(delimiter: Buffer, maximum: number, expected: number): Promise<Uint8Array<ArrayBuffer>> {
    let taken = new Uint8Array(Math.min(expected, maximum));
    let length = 0;
    const append = (piece: Buffer): void => {
      if (length + piece.length > maximum) throw tooLarge('part');
      if (length + piece.length > taken.length) {
        const grown = new Uint8Array(Math.min(maximum, Math.max(length + piece.length, taken.length * 2)));
        grown.set(taken.subarray(0, length));
        taken = grown;
      }
      taken.set(piece, length);
      length += piece.length;
    };
    for (;;) {
      const found = this.#buffer.indexOf(delimiter);
      if (found >= 0) {
        append(this.#buffer.subarray(0, found));
        this.#buffer = this.#buffer.subarray(found + delimiter.length);
        return taken.length === length ? taken : taken.slice(0, length);
      }
      const safe = Math.max(0, this.#buffer.length - delimiter.length + 1);
      append(this.#buffer.subarray(0, safe));
      this.#buffer = this.#buffer.subarray(safe);
      await this.#pull();
    }
  }

  async #pull(): Promise<void> {
    const next = await this.#iterator.next();
    if (next.done === true) throw broken('it ends before the closing boundary');
    const { value } = next;
    this.#total += value.length;
    if (this.#total > this.#maximumTotal) throw tooLarge('size');
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }
}
