/**
 * Stored 16-bit cells to HU for a slope of 1: `value + intercept`; padding and what lies below `least` becomes `least`,
 * what lies above 32767 becomes 32767 (the addition saturates). The value has to fit an int16: cells are signed or hold
 * at most 15 bits. Works on blocks of 8 cells: the memory up to the next multiple of 8 must be readable and writable.
 * `hu` may be `cells`. No padding: paddingLow > paddingHigh. No wrap: wrap 0.
 */
export function rescale(
  cells: usize,
  count: i32,
  hu: usize,
  shiftLeft: i32,
  shiftRight: i32,
  isSigned: bool,
  wrapFrom: i32,
  wrap: i32,
  intercept: i32,
  paddingLow: i32,
  paddingHigh: i32,
  least: i32,
): void {
  const wrapFroms = i16x8.splat(<i16>wrapFrom);
  const wraps = i16x8.splat(<i16>wrap);
  const intercepts = i16x8.splat(<i16>intercept);
  const paddingLows = i16x8.splat(<i16>paddingLow);
  const paddingHighs = i16x8.splat(<i16>paddingHigh);
  const leasts = i16x8.splat(<i16>least);
  const end = cells + ((<usize>count) << 1);
  for (; cells < end; cells += 16, hu += 16) {
    const shifted = i16x8.shl(v128.load(cells), shiftLeft);
    const values = isSigned ? i16x8.shr_s(shifted, shiftRight) : i16x8.shr_u(shifted, shiftRight);
    const isPadding = v128.and(i16x8.ge_s(values, paddingLows), i16x8.le_s(values, paddingHighs));
    const unwrapped = i16x8.sub(values, v128.and(i16x8.ge_s(values, wrapFroms), wraps));
    const sum = i16x8.max_s(i16x8.add_sat_s(unwrapped, intercepts), leasts);
    v128.store(hu, v128.bitselect(leasts, sum, isPadding));
  }
}
