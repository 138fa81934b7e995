/**
 * Steps 1 to 4 of the tensor recipe (models/README.md) for one slice of int16 HU: what counts as bone, per row and
 * column; and the clamped square as float32 with the count of its tissue.
 */

/**
 * Adds the pixels with `hu >= threshold` to `perRow` and `perColumn` (int32 each) and returns how many there are.
 * `lanes` is scratch of one int16 per column, rounded up to 8. At most 65535 rows.
 */
export function countDense(
  hu: usize,
  rows: i32,
  columns: i32,
  threshold: i32,
  perRow: usize,
  perColumn: usize,
  lanes: usize,
): i32 {
  const thresholds = i16x8.splat(<i16>threshold);
  const blocks = columns & ~7;
  memory.fill(lanes, 0, (<usize>columns + 7) << 1);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const from = hu + ((<usize>row * columns) << 1);
    let count = 0;
    for (let column = 0; column < blocks; column += 8) {
      const at = (<usize>column) << 1;
      const isDense = i16x8.ge_s(v128.load(from + at), thresholds);
      v128.store(lanes + at, i16x8.sub(v128.load(lanes + at), isDense));
      count += popcnt(i16x8.bitmask(isDense));
    }
    for (let column = blocks; column < columns; column++) {
      const at = (<usize>column) << 1;
      if (load<i16>(from + at) < threshold) continue;
      store<u16>(lanes + at, load<u16>(lanes + at) + 1);
      count++;
    }
    const to = perRow + ((<usize>row) << 2);
    store<i32>(to, load<i32>(to) + count);
    total += count;
  }
  for (let column = 0; column < columns; column++) {
    const to = perColumn + ((<usize>column) << 2);
    store<i32>(to, load<i32>(to) + <i32>load<u16>(lanes + ((<usize>column) << 1)));
  }
  return total;
}

/**
 * Writes the square whose corner is (top, left), clamped to [least, most], `least` outside the image, as float32 with
 * `pitch` floats a row (pitch >= side). Returns how many of its pixels inside the image lie in [tissueLow, tissueHigh].
 */
export function cutSquare(
  hu: usize,
  rows: i32,
  columns: i32,
  top: i32,
  left: i32,
  side: i32,
  square: usize,
  pitch: i32,
  least: i32,
  most: i32,
  tissueLow: i32,
  tissueHigh: i32,
): i32 {
  const firstColumn = max(left, 0);
  const inside = max(min(left + side, columns) - firstColumn, 0);
  const lead = min(firstColumn - left, side);
  let count = 0;
  for (let row = top; row < top + side; row++) {
    const to = square + ((<usize>(row - top) * pitch) << 2);
    if (row < 0 || row >= rows || inside == 0) {
      fillRow(to, 0, pitch, <f32>least);
      continue;
    }
    fillRow(to, 0, lead, <f32>least);
    fillRow(to, lead + inside, pitch, <f32>least);
    const from = hu + ((<usize>row * columns + firstColumn) << 1);
    count += cutRow(from, to + ((<usize>lead) << 2), inside, least, most, tissueLow, tissueHigh);
  }
  return count;
}

function fillRow(to: usize, first: i32, last: i32, value: f32): void {
  for (let i = first; i < last; i++) store<f32>(to + ((<usize>i) << 2), value);
}

function cutRow(from: usize, to: usize, length: i32, least: i32, most: i32, tissueLow: i32, tissueHigh: i32): i32 {
  const leasts = i16x8.splat(<i16>least);
  const mosts = i16x8.splat(<i16>most);
  const lows = i16x8.splat(<i16>tissueLow);
  const highs = i16x8.splat(<i16>tissueHigh);
  let count = 0;
  const blocks = length & ~7;
  for (let i = 0; i < blocks; i += 8) {
    const values = v128.load(from + ((<usize>i) << 1));
    count += popcnt(i16x8.bitmask(v128.and(i16x8.ge_s(values, lows), i16x8.le_s(values, highs))));
    const clamped = i16x8.min_s(mosts, i16x8.max_s(leasts, values));
    const out = to + ((<usize>i) << 2);
    v128.store(out, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(clamped)));
    v128.store(out + 16, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(clamped)));
  }
  for (let i = blocks; i < length; i++) {
    const value = <i32>load<i16>(from + ((<usize>i) << 1));
    if (value >= tissueLow && value <= tissueHigh) count++;
    store<f32>(to + ((<usize>i) << 2), <f32>min(most, max(least, value)));
  }
  return count;
}
