/** Truth masks for Python: NumPy's .npy format, version 1.0 (numpy.lib.format), unsigned bytes or signed words. */

export function writeNpy(values: Uint8Array | Int16Array, shape: readonly number[]): Uint8Array {
  const kind = values instanceof Uint8Array ? '|u1' : '<i2';
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11, ' ') + '\n';
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY', 0, 'latin1');
  head[6] = 1;
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([
    head,
    Buffer.from(padded, 'latin1'),
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]);
}
