/**
 * A read-only view on a DICOM dataset, whatever carried it: a Part 10 file (part10-reader.ts) or the JSON model
 * of WADO-RS metadata (json-dataset.ts). Facts are read once, through this, so both carriers agree by construction.
 */
import type { Attribute } from './tags.ts';

export interface Dataset {
  /** Trimmed values; empty when the attribute is absent or empty. */
  strings(attribute: Attribute): readonly string[];
  /** Finite numbers; empty when absent, empty or when any value is not a number. */
  numbers(attribute: Attribute): readonly number[];
  /** Items of a sequence; empty when absent. */
  items(attribute: Attribute): readonly Dataset[];
}

export function toText(dataset: Dataset, attribute: Attribute): string {
  return dataset.strings(attribute)[0] ?? '';
}

export function toNumber(dataset: Dataset, attribute: Attribute): number | undefined {
  return dataset.numbers(attribute)[0];
}

/** All values as numbers, or none: half a position is no position. */
export function allFinite(values: readonly number[]): readonly number[] {
  return values.every(Number.isFinite) ? values : [];
}
