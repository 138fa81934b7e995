/**
 * results.json as the running service reads it: what is published, pooled where at least three verified studies answer
 * one question, listed where fewer do. The file is made by build.ts and checked again by CI; here it is only checked
 * for its form. Nobody computes a statistic at run time.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../src/errors.ts';

const text = z.string().min(1);
const number = z.number();
const count = z.int().nonnegative();
const inLanguages = z.strictObject({ en: text, de: text });

const source = {
  study: text,
  label: text,
  citation: text,
  doi: text.optional(),
  pmid: text.optional(),
  design: text,
  population: text,
  quote: text,
  readAt: z.strictObject({ url: z.url().optional(), part: text }),
};

/** Estimates are proportions, odds ratios or areas under the curve: what people read, never logits. */
const row = z.strictObject({
  ...source,
  definition: text,
  n: count.optional(),
  events: count.optional(),
  estimate: number,
  lower: number,
  upper: number,
  /** Only in a pool. */
  weightPercent: number.optional(),
});

const leftOut = z.strictObject({ ...source, reason: text });

const pooledResult = z.strictObject({
  kind: z.literal('pooled'),
  estimate: number,
  /** 95 % interval by Hartung and Knapp. */
  lower: number,
  upper: number,
  /** Where a further hospital's own figure is expected with 95 %. */
  predictionLower: number,
  predictionUpper: number,
  degreesOfFreedom: number,
  /** On the analysis scale: logit or log. */
  tau2: number,
  tau2Lower: number,
  tau2Upper: number,
  i2Percent: number,
  i2LowerPercent: number,
  i2UpperPercent: number,
  q: number,
  qP: number,
  derSimonianLaird: z.strictObject({ estimate: number, lower: number, upper: number, tau2: number }),
});

const pool = z.strictObject({
  id: text,
  group: z.enum(['incidence', 'factor', 'accuracy']),
  measure: z.enum(['proportion', 'odds-ratio', 'auc']),
  title: inLanguages,
  outcome: inLanguages,
  isSensitivity: z.boolean(),
  studies: count,
  /** Over the studies that say so; undefined where one does not. */
  patients: count.optional(),
  events: count.optional(),
  result: z.discriminatedUnion('kind', [
    pooledResult,
    /** Too few verified studies, or `because`. */
    z.strictObject({ kind: z.literal('not-pooled'), because: inLanguages.optional() }),
  ]),
  rows: z.array(row),
  leftOut: z.array(leftOut),
});

const publishedEvidence = z.strictObject({
  about: text,
  /** SHA-256 of what studies/ and questions.json say. */
  studiesDigest: z.string().regex(/^[0-9a-f]{64}$/),
  metafor: text,
  minimumStudies: z.int(),
  pools: z.array(pool).min(1),
});

export type PublishedEvidence = z.infer<typeof publishedEvidence>;
export type Pool = PublishedEvidence['pools'][number];
export type PooledResult = z.infer<typeof pooledResult>;
export type EvidenceRow = z.infer<typeof row>;

/** Throws Fault `config-invalid`. */
export function requirePublishedEvidence(value: unknown): PublishedEvidence {
  const result = publishedEvidence.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Fault('config-invalid', `evidence/results.json: ${issue?.path.join('.') ?? ''} is not right`);
}

/** The committed results. Throws Fault `config-invalid`. */
export function loadPublishedEvidence(): PublishedEvidence {
  try {
    return requirePublishedEvidence(JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8')));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('config-invalid', 'evidence/results.json cannot be read', { cause });
  }
}

/** A pool that must have a result. Throws Fault `config-invalid`. */
export function requirePooled(evidence: PublishedEvidence, id: string): Pool & { readonly result: PooledResult } {
  const found = evidence.pools.find((one) => one.id === id);
  if (found?.result.kind !== 'pooled') throw new Fault('config-invalid', `evidence/results.json pools no ${id}`);
  return { ...found, result: found.result };
}
