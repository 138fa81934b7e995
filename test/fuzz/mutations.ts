/** How a fuzzed file is damaged. Each kind says whether any pixel of the result may still be accepted. */
export interface Mutation {
  readonly name: string;
  /** True where bytes of the pixels are gone: accepting such a file is the one unforgivable outcome. */
  readonly losesPixels: boolean;
  apply(bytes: Uint8Array, random: () => number): Uint8Array;
}

const below = (random: () => number, limit: number): number => Math.floor(random() * limit);
const META_START = 132;

function findElement(bytes: Uint8Array, tag: readonly number[]): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(Uint8Array.from(tag), META_START);
}

const ROWS_TAG = [0x28, 0x00, 0x10, 0x00];
const COLUMNS_TAG = [0x28, 0x00, 0x11, 0x00];
const PIXEL_TAG = [0xe0, 0x7f, 0x10, 0x00];
const ABSURD = [0, 1, 0xffff, 0x8000, 0x0800, 33];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'bit flips',
    losesPixels: false,
    apply(bytes, random) {
      const copy = bytes.slice();
      for (let left = 1 + below(random, 8); left > 0; left--) {
        const at = META_START + below(random, bytes.length - META_START);
        copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
      }
      return copy;
    },
  },
  {
    name: 'random bytes in the header',
    losesPixels: false,
    apply(bytes, random) {
      const copy = bytes.slice();
      const header = Math.max(META_START + 8, findElement(bytes, PIXEL_TAG) + 12);
      for (let left = 1 + below(random, 4); left > 0; left--) {
        copy[META_START + below(random, header - META_START)] = below(random, 256);
      }
      return copy;
    },
  },
  {
    name: 'truncation',
    losesPixels: true,
    apply: (bytes, random) => bytes.slice(0, below(random, bytes.length - 1)),
  },
  {
    name: 'two 16-bit words swapped',
    losesPixels: false,
    apply(bytes, random) {
      const copy = bytes.slice();
      const [a, b] = [
        META_START + below(random, bytes.length - META_START - 2),
        META_START + below(random, bytes.length - META_START - 2),
      ];
      copy.set(bytes.subarray(b, b + 2), a);
      copy.set(bytes.subarray(a, a + 2), b);
      return copy;
    },
  },
  {
    name: 'absurd Rows or Columns',
    losesPixels: true,
    apply(bytes, random) {
      const copy = bytes.slice();
      const at = findElement(bytes, random() < 0.5 ? ROWS_TAG : COLUMNS_TAG);
      if (at < 0) return copy.slice(0, copy.length - 9);
      new DataView(copy.buffer).setUint16(at + 8, ABSURD[below(random, ABSURD.length)] ?? 0, true);
      return copy;
    },
  },
  {
    name: 'a length field with 32 random bits',
    losesPixels: false,
    apply(bytes, random) {
      const copy = bytes.slice();
      const at = findElement(bytes, PIXEL_TAG);
      const field = at < 0 ? META_START + below(random, 100) : at + 8;
      new DataView(copy.buffer).setUint32(field, below(random, 2 ** 32), true);
      return copy;
    },
  },
  {
    name: 'bytes missing in the middle of the pixels',
    losesPixels: true,
    apply(bytes, random) {
      const start = Math.max(META_START, findElement(bytes, PIXEL_TAG) + 40);
      const at = start + below(random, Math.max(1, bytes.length - start - 60));
      const length = 2 + 2 * below(random, 20);
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
    },
  },
];
