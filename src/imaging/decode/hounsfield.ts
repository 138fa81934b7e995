/**
 * Stored values to Hounsfield units: rescale (PS3.3 C.11.1), padding to -1024, and the known vendor quirk.
 * Values below -1024 do not exist in matter (air is -1000): what lies under it is outside the field of view.
 */
import type { PixelLayout } from './pixel-layout.ts';
import { toStoredValues } from './pixel-layout.ts';

export const PADDING_HU = -1024;
const MAXIMUM_HU = 32_767;

export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Twelve unsigned bits with an intercept of 0 hold signed values that wrapped around at 4096; values from 3096 up are
 * negative (air -1000 is stored as 3096). Seen in CQ500 and RSNA 2019; the reading of the RSNA 2019 winners.
 */
const QUIRK = { bits: 12, wrapFrom: 3096, wrap: 4096 } as const;

export function toHounsfield(cells: Uint16Array, layout: PixelLayout, rescale: Rescale): Int16Array {
  const { slope, intercept } = rescale;
  const stored = toStoredValues(cells, layout);
  const hu = new Int16Array(stored.length);
  const wraps = !layout.signed && layout.bitsStored === QUIRK.bits && intercept === 0 && slope === 1;
  const [paddingLow, paddingHigh] = layout.padding ?? [1, 0];
  const isWhole = Number.isInteger(slope) && Number.isInteger(intercept);
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i] ?? 0;
    if (value >= paddingLow && value <= paddingHigh) {
      hu[i] = PADDING_HU;
      continue;
    }
    const unwrapped = wraps && value >= QUIRK.wrapFrom ? value - QUIRK.wrap : value;
    const exact = unwrapped * slope + intercept;
    const whole = isWhole ? exact : Math.round(exact);
    hu[i] = whole < PADDING_HU ? PADDING_HU : whole > MAXIMUM_HU ? MAXIMUM_HU : whole;
  }
  return hu;
}
