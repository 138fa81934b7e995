/**
 * A share of patients with Wilson's score interval (Wilson 1927): it stays inside 0 to 1 and keeps its coverage where
 * events are few, which is where a site looks hardest (Brown, Cai, DasGupta 2001, doi 10.1214/ss/1009213286).
 */
import { Z_95 } from './normal.ts';

export interface Proportion {
  readonly events: number;
  readonly total: number;
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
}

/** 95 % interval. `total` must be at least 1. */
export function toProportion(events: number, total: number): Proportion {
  const share = events / total;
  const scale = 1 + Z_95 ** 2 / total;
  const centre = (share + Z_95 ** 2 / (2 * total)) / scale;
  const half = (Z_95 / scale) * Math.sqrt((share * (1 - share)) / total + Z_95 ** 2 / (4 * total ** 2));
  return { events, total, share, lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}
