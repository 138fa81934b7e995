/**
 * Steps 5 to 7 of the tensor recipe (models/README.md): the square resized by two passes of filter taps, then each
 * channel's window and normalisation. Four target rows at a time: the vertical pass leaves them interleaved (one
 * vector = one source column of the four), so the horizontal pass needs no gather. The last rows and columns are
 * covered by a block that overlaps the one before; targets are therefore at least 4 x 4.
 *
 * Taps: `first` holds one int32 source index per target, `weights` `width` float32 per target, with
 * `first + width <= side`. `strip` is scratch of 4 floats per column of the pitch; pitch is a multiple of 4.
 * `affines`: scale, offset, lowest, highest (float32) per channel.
 */
export function resizeToChannels(
  square: usize,
  pitch: i32,
  side: i32,
  downFirst: usize,
  downWeights: usize,
  downWidth: i32,
  acrossFirst: usize,
  acrossWeights: usize,
  acrossWidth: i32,
  height: i32,
  width: i32,
  strip: usize,
  affines: usize,
  channels: i32,
  out: usize,
): void {
  const area = (<usize>height * width) << 2;
  for (let group = 0; group < height; group += 4) {
    const row = min(group, height - 4);
    narrowRows(square, pitch, side, downFirst, downWeights, downWidth, row, strip);
    for (let block = 0; block < width; block += 4) {
      const column = min(block, width - 4);
      const to = out + ((<usize>row * width + column) << 2);
      writeBlock(strip, acrossFirst, acrossWeights, acrossWidth, column, affines, channels, to, width, area);
    }
  }
}

/** Four target rows of the vertical pass, interleaved: strip[column][row]. */
function narrowRows(
  square: usize,
  pitch: i32,
  side: i32,
  first: usize,
  weights: usize,
  taps: i32,
  row: i32,
  strip: usize,
): void {
  const rowBytes = (<usize>pitch) << 2;
  const tapBytes = (<usize>taps) << 2;
  const at = first + ((<usize>row) << 2);
  const from0 = square + <usize>load<i32>(at) * rowBytes;
  const from1 = square + <usize>load<i32>(at, 4) * rowBytes;
  const from2 = square + <usize>load<i32>(at, 8) * rowBytes;
  const from3 = square + <usize>load<i32>(at, 12) * rowBytes;
  const weight = weights + <usize>row * tapBytes;
  for (let column = 0; column < side; column += 4) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let from = (<usize>column) << 2;
    for (let tap = weight; tap < weight + tapBytes; tap += 4, from += rowBytes) {
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(tap), v128.load(from0 + from)));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(tap + tapBytes), v128.load(from1 + from)));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(tap + 2 * tapBytes), v128.load(from2 + from)));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(tap + 3 * tapBytes), v128.load(from3 + from)));
    }
    const to = strip + ((<usize>column) << 4);
    const low01 = v128.shuffle<f32>(sum0, sum1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(sum0, sum1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(sum2, sum3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(sum2, sum3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to + 16, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(to + 32, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(to + 48, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }
}

/** Four by four targets of the horizontal pass, written to every channel. */
function writeBlock(
  strip: usize,
  first: usize,
  weights: usize,
  taps: i32,
  column: i32,
  affines: usize,
  channels: i32,
  to: usize,
  width: i32,
  area: usize,
): void {
  const tapBytes = (<usize>taps) << 2;
  const at = first + ((<usize>column) << 2);
  const from0 = strip + ((<usize>load<i32>(at)) << 4);
  const from1 = strip + ((<usize>load<i32>(at, 4)) << 4);
  const from2 = strip + ((<usize>load<i32>(at, 8)) << 4);
  const from3 = strip + ((<usize>load<i32>(at, 12)) << 4);
  let weight = weights + <usize>column * tapBytes;
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (let from: usize = 0; from < tapBytes << 2; from += 16, weight += 4) {
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(weight), v128.load(from0 + from)));
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(weight + tapBytes), v128.load(from1 + from)));
    sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(weight + 2 * tapBytes), v128.load(from2 + from)));
    sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(weight + 3 * tapBytes), v128.load(from3 + from)));
  }
  const low01 = v128.shuffle<f32>(sum0, sum1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(sum0, sum1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(sum2, sum3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(sum2, sum3, 2, 6, 3, 7);
  const row0 = v128.shuffle<f32>(low01, low23, 0, 1, 4, 5);
  const row1 = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
  const row2 = v128.shuffle<f32>(high01, high23, 0, 1, 4, 5);
  const row3 = v128.shuffle<f32>(high01, high23, 2, 3, 6, 7);
  const rowBytes = (<usize>width) << 2;
  for (let channel = 0; channel < channels; channel++, to += area, affines += 16) {
    const scale = v128.load32_splat(affines);
    const offset = v128.load32_splat(affines, 4);
    const lowest = v128.load32_splat(affines, 8);
    const highest = v128.load32_splat(affines, 12);
    v128.store(to, window(row0, scale, offset, lowest, highest));
    v128.store(to + rowBytes, window(row1, scale, offset, lowest, highest));
    v128.store(to + 2 * rowBytes, window(row2, scale, offset, lowest, highest));
    v128.store(to + 3 * rowBytes, window(row3, scale, offset, lowest, highest));
  }
}

/** pmin and pmax are one instruction each on x64 and arm64; they differ from min and max only for NaN, and there is none. */
function window(hu: v128, scale: v128, offset: v128, lowest: v128, highest: v128): v128 {
  const value = f32x4.add(f32x4.mul(hu, scale), offset);
  return f32x4.pmin(f32x4.pmax(value, lowest), highest);
}
