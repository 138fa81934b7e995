/**
 * When a fact must have been observed to count for the scores of a CT: limits and their reasons are data
 * (fact-window.json). An observation without a time of day cannot be placed and does not count.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { FACT_CODES, type FactName } from './fact-codes.ts';

const hours = z.strictObject({ value: z.number().positive(), reason: z.string().min(1) });
const factName = z.enum(Object.keys(FACT_CODES.observations) as [FactName, ...FactName[]]);
const RULES = z
  .strictObject({
    hoursBeforeCt: hours,
    hoursAfterCt: hours,
    readFromCt: z.strictObject({ facts: z.array(factName), reason: z.string().min(1) }),
  })
  .parse(JSON.parse(readFileSync(new URL('fact-window.json', import.meta.url), 'utf8')));

const MS_PER_HOUR = 3_600_000;

export interface FactWindow {
  readonly from: Date;
  readonly ctStartedAt: Date;
  readonly to: Date;
}

export function openFactWindow(ctStartedAt: Date, now: Date): FactWindow {
  const [start, after] = [ctStartedAt.getTime(), RULES.hoursAfterCt.value * MS_PER_HOUR];
  return {
    from: new Date(start - RULES.hoursBeforeCt.value * MS_PER_HOUR),
    ctStartedAt,
    to: new Date(Math.min(start + after, now.getTime())),
  };
}

/** @param at FHIR dateTime or instant */
export function isInWindow(name: FactName, at: string | undefined, window: FactWindow): boolean {
  if (at === undefined || !at.includes('T')) return false;
  const observed = Date.parse(at);
  const from = RULES.readFromCt.facts.includes(name) ? window.ctStartedAt : window.from;
  return observed >= from.getTime() && observed <= window.to.getTime();
}
