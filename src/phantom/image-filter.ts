/** Separable filters on one square slice: point spread, upsampling by two, unsharp edges. */

/** Gaussian blur with clamped borders; sigma in pixels. */
export function blurSlice(source: Float32Array, matrix: number, sigmaPx: number): Float32Array {
  if (sigmaPx < 0.15) return source;
  const radius = Math.max(1, Math.ceil(2.6 * sigmaPx));
  const taps = new Float32Array(2 * radius + 1);
  let total = 0;
  for (let i = -radius; i <= radius; i++) {
    const tap = Math.exp(-(i * i) / (2 * sigmaPx * sigmaPx));
    taps[i + radius] = tap;
    total += tap;
  }
  const t = taps.map((tap) => tap / total) as unknown as Record<number, number>;
  const s = source as unknown as Record<number, number>;
  const middle = new Float32Array(source.length);
  const out = new Float32Array(source.length);
  const m = middle as unknown as Record<number, number>;
  for (let i = 0; i < matrix; i++) {
    const row = i * matrix;
    for (let j = 0; j < matrix; j++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const from = j + k < 0 ? 0 : j + k >= matrix ? matrix - 1 : j + k;
        sum += (t[k + radius] as number) * (s[row + from] as number);
      }
      middle[row + j] = sum;
    }
  }
  for (let i = 0; i < matrix; i++)
    for (let j = 0; j < matrix; j++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const from = i + k < 0 ? 0 : i + k >= matrix ? matrix - 1 : i + k;
        sum += (t[k + radius] as number) * (m[from * matrix + j] as number);
      }
      out[i * matrix + j] = sum;
    }
  return out;
}

/** Catmull-Rom upsampling by two: output pixel centres lie a quarter input pixel from the input's. */
export function doubleSlice(source: Float32Array, matrix: number): Float32Array {
  const wide = new Float32Array(matrix * matrix * 2);
  doubleLines(source, wide, {
    lines: matrix,
    length: matrix,
    lineStep: matrix,
    step: 1,
    outLineStep: 2 * matrix,
    outStep: 1,
  });
  const out = new Float32Array(matrix * matrix * 4);
  doubleLines(wide, out, {
    lines: 2 * matrix,
    length: matrix,
    lineStep: 1,
    step: 2 * matrix,
    outLineStep: 1,
    outStep: 2 * matrix,
  });
  return out;
}

interface Walk {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
  readonly outLineStep: number;
  readonly outStep: number;
}

/** Catmull-Rom weights at a quarter of a pixel. */
const FAR = -0.0703125;
const NEAR = 0.8671875;
const NEXT = 0.2265625;
const LAST = -0.0234375;

function doubleLines(source: Float32Array, out: Float32Array, walk: Walk): void {
  const s = source as unknown as Record<number, number>;
  for (let line = 0; line < walk.lines; line++) {
    const base = line * walk.lineStep;
    const outBase = line * walk.outLineStep;
    for (let i = 0; i < walk.length; i++) {
      const last = walk.length - 1;
      const at = (index: number): number =>
        s[base + (index < 0 ? 0 : index > last ? last : index) * walk.step] as number;
      const here = at(i);
      const before = at(i - 1);
      const after = at(i + 1);
      out[outBase + 2 * i * walk.outStep] = NEAR * here + NEXT * before + FAR * after + LAST * at(i - 2);
      out[outBase + (2 * i + 1) * walk.outStep] = NEAR * here + NEXT * after + FAR * before + LAST * at(i + 2);
    }
  }
}
