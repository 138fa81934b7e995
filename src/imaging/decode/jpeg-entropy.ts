/**
 * The bits of a JPEG lossless scan (ITU-T T.81 F.2.2, H.2): Huffman codes, byte stuffing, restart markers. Reading
 * past the last real bit, or leaving bytes unread before the end marker, is a Fault `pixels-corrupt`.
 */
import { corrupt } from './pixel-frames.ts';

/** Indexed by the next 16 bits: code length << 8 | category; 0 = no such code. */
export type HuffmanTable = Uint16Array;

const LOOKUP_BITS = 16;

/** @param counts number of codes of each length 1-16. @param symbols difference categories (0-16) in code order. */
export function readHuffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << LOOKUP_BITS);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < (counts[length - 1] ?? 0); i++) {
      const category = symbols[next++] ?? 255;
      const from = code << (LOOKUP_BITS - length);
      const to = (code + 1) << (LOOKUP_BITS - length);
      if (category > 16 || to > table.length) throw corrupt('an impossible Huffman table');
      table.fill((length << 8) | category, from, to);
      code++;
    }
    code <<= 1;
  }
  return table;
}

export class EntropyReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The next bits, left-aligned in 32. */
  #window = 0;
  #available = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** One difference (T.81 H.1.2.2): a category, then as many extra bits; category 16 is 32768 without any. */
  readDifference(table: HuffmanTable): number {
    if (this.#available < 16) this.#fill();
    const entry = table[this.#window >>> 16] ?? 0;
    this.#drop(entry >> 8);
    const category = entry & 255;
    if (entry === 0) throw corrupt('bits that are no Huffman code');
    if (category === 0) return 0;
    if (category === 16) return 32_768;
    if (this.#available < category) this.#fill();
    const extra = this.#window >>> (32 - category);
    this.#drop(category);
    return extra < 1 << (category - 1) ? extra - (1 << category) + 1 : extra;
  }

  restart(expected: number): void {
    this.#requirePadding();
    if (this.#bytes[this.#at] !== 0xff || this.#bytes[this.#at + 1] !== 0xd0 + expected) {
      throw corrupt('a restart marker is missing');
    }
    this.#at += 2;
  }

  requireEnd(): void {
    this.#requirePadding();
    if (this.#bytes[this.#at] !== 0xff || this.#bytes[this.#at + 1] !== 0xd9 || this.#at + 2 !== this.#bytes.length) {
      throw corrupt('data after the last pixel');
    }
  }

  /** Fewer than eight bits may be left, and they are ones (F.1.2.3). Some encoders pad with zeros; both are taken. */
  #requirePadding(): void {
    this.#fill();
    if (this.#available >= 8) throw corrupt('data after the last pixel of a scan');
    this.#window = 0;
    this.#available = 0;
  }

  #drop(bits: number): void {
    if (bits > this.#available) throw corrupt('the stream ends before the last pixel');
    this.#window <<= bits;
    this.#available -= bits;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#available <= 24) {
      const byte = bytes[this.#at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        if (bytes[this.#at + 1] !== 0) return;
        this.#at++;
      }
      this.#at++;
      this.#window |= byte << (24 - this.#available);
      this.#available += 8;
    }
  }
}
