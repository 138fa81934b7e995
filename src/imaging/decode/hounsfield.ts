/**
 * Stored cells to Hounsfield units: bits (pixel-layout.ts), rescale (PS3.3 C.11.1), padding to -1024 and the known
 * vendor quirk, once per possible 16-bit cell. A series shares one table, so a slice costs one look-up per pixel.
 * Values below -1024 do not exist in matter (air is -1000): what lies under it is outside the field of view.
 */
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
  const wraps = !layout.signed && layout.bitsStored === QUIRK.bits && intercept === 0 && slope === 1;
  const [paddingLow, paddingHigh] = layout.padding ?? [1, 0];
  for (let cell = 0; cell < table.length; cell++) {
    const value = toStoredValue(cell, layout);
    const isPadding = value >= paddingLow && value <= paddingHigh;
    const unwrapped = wraps && value >= QUIRK.wrapFrom ? value - QUIRK.wrap : value;
    const hu = Math.round(unwrapped * slope + intercept);
    table[cell] = isPadding ? PADDING_HU : Math.min(MAXIMUM_HU, Math.max(PADDING_HU, hu));
  }
  return table;
}

let last: { readonly key: string; readonly table: HounsfieldTable } | undefined;

/** @returns HU of one frame. The table of the last call is kept: all slices of a series usually share it. */
export function toHounsfield(cells: Uint16Array, layout: PixelLayout, rescale: Rescale): Int16Array {
  const { bitsStored, highBit, signed, padding } = layout;
  const key = JSON.stringify([bitsStored, highBit, signed, padding, rescale.slope, rescale.intercept]);
  if (last?.key !== key) last = { key, table: createHounsfieldTable(layout, rescale) };
  const { table } = last;
  const hu = new Int16Array(cells.length);
  for (let i = 0; i < cells.length; i++) hu[i] = table[cells[i] ?? 0] ?? 0;
  return hu;
}
