/**
 * Stored cells to Hounsfield units: bits (pixel-layout.ts), rescale (PS3.3 C.11.1), padding to -1024 and the known
 * vendor quirk. CT has a slope of 1 nearly always: then the kernel does it (ADR 0045). Otherwise
 * a table over every possible 16-bit cell, in 64-bit arithmetic, shared by the slices of a series.
 * Values below -1024 do not exist in matter (air is -1000): what lies under it is outside the field of view.
 */
import { layOut, toInt16Range, usePixelKernel } from '../kernel/pixel-kernel.ts';
import { toStoredValue, type PixelLayout } from './pixel-layout.ts';

export const PADDING_HU = -1024;
const MAXIMUM_HU = 32_767;

export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/** Indexed by the 16-bit cell. */
export type HounsfieldTable = Int16Array;

/**
 * Twelve unsigned bits with an intercept of 0 hold signed values that wrapped around at 4096; values from 3096 up are
 * negative (air -1000 is stored as 3096). Seen in CQ500 and RSNA 2019; the reading of the RSNA 2019 winners.
 */
const QUIRK = { bits: 12, wrapFrom: 3096, wrap: 4096 } as const;

export function createHounsfieldTable(layout: PixelLayout, { slope, intercept }: Rescale): HounsfieldTable {
  const table = new Int16Array(0x10000);
  const { wrapFrom, wrap } = wrapOf(layout, { slope, intercept });
  const [paddingLow, paddingHigh] = layout.padding ?? NO_PADDING;
  for (let cell = 0; cell < table.length; cell++) {
    const value = toStoredValue(cell, layout);
    const isPadding = value >= paddingLow && value <= paddingHigh;
    const unwrapped = value >= wrapFrom ? value - wrap : value;
    const hu = Math.round(unwrapped * slope + intercept);
    table[cell] = isPadding ? PADDING_HU : Math.min(MAXIMUM_HU, Math.max(PADDING_HU, hu));
  }
  return table;
}

const NO_PADDING = [1, 0] as const;

function wrapOf(layout: PixelLayout, { slope, intercept }: Rescale): { wrapFrom: number; wrap: number } {
  const wraps = !layout.signed && layout.bitsStored === QUIRK.bits && intercept === 0 && slope === 1;
  return wraps ? QUIRK : { wrapFrom: 0, wrap: 0 };
}

/** What the kernel adds in 16 bits without losing any: everything that CT scanners are known to write. */
function fitsKernel({ signed, bitsStored }: PixelLayout, { slope, intercept }: Rescale): boolean {
  const isSmall = signed || bitsStored <= 15;
  return slope === 1 && Number.isInteger(intercept) && Math.abs(intercept) <= MAXIMUM_HU && isSmall;
}

/** @returns HU of one frame, in `hu` where it is given. */
export function toHounsfield(
  cells: Uint16Array,
  layout: PixelLayout,
  rescale: Rescale,
  hu: Int16Array = new Int16Array(cells.length),
): Int16Array {
  if (fitsKernel(layout, rescale)) addIntercept(cells, layout, rescale, hu);
  else lookUp(cells, layout, rescale, hu);
  return hu;
}

function addIntercept(cells: Uint16Array, layout: PixelLayout, rescale: Rescale, hu: Int16Array): void {
  const { length } = cells;
  const kernel = usePixelKernel();
  const at = layOut({ cells: length * 2 });
  new Uint16Array(kernel.memory.buffer, at.cells, length).set(cells);
  const { highBit, bitsStored, signed } = layout;
  const { wrapFrom, wrap } = wrapOf(layout, rescale);
  const padding = toInt16Range(...(layout.padding ?? NO_PADDING));
  const shifts = [15 - highBit, 16 - bitsStored, Number(signed)] as const;
  const line = [wrapFrom, wrap, rescale.intercept] as const;
  kernel.rescale(at.cells, length, at.cells, ...shifts, ...line, ...padding, PADDING_HU);
  hu.set(new Int16Array(kernel.memory.buffer, at.cells, length));
}

let last: { readonly key: string; readonly table: HounsfieldTable } | undefined;

/** The table of the last call is kept: all slices of a series usually share it. */
function lookUp(cells: Uint16Array, layout: PixelLayout, rescale: Rescale, hu: Int16Array): void {
  const { bitsStored, highBit, signed, padding } = layout;
  const key = JSON.stringify([bitsStored, highBit, signed, padding, rescale.slope, rescale.intercept]);
  if (last?.key !== key) last = { key, table: createHounsfieldTable(layout, rescale) };
  const { table } = last;
  for (let i = 0; i < cells.length; i++) hu[i] = table[cells[i] ?? 0] ?? 0;
}
