/**
 * Reads what the scores need from the chart and computes them: three searches, no more. A chart that refuses one
 * of them leaves its facts missing, and the score says "not computed" with the name of what is missing.
 */
import { computeScores, type ScoreResult } from './compute-score.ts';
import { FACT_CODES } from './fact-codes.ts';
import { openFactWindow } from './fact-window.ts';
import { readScoreFacts } from './read-score-facts.ts';

/** One FHIR search; the answer is a searchset Bundle, unparsed. */
export type ChartSearch = (
  type: 'Observation' | 'Condition' | 'Patient' | 'AuditEvent',
  parameters: readonly (readonly [name: string, value: string])[],
  options: { readonly signal: AbortSignal },
) => Promise<unknown>;

export type ScoreReader = (
  question: {
    readonly patientId: string;
    /** Absent where the chart knows the day alone: then no observation can be placed, and nothing is computed. */
    readonly ctStartedAt?: Date;
    readonly now: Date;
  },
  options: { readonly signal: AbortSignal },
) => Promise<readonly ScoreResult[]>;

const MAXIMUM_OBSERVATIONS = '100';

export function createScoreReader(search: ChartSearch): ScoreReader {
  const observationCodes = joinCodes(Object.values(FACT_CODES.observations).flat());
  const conditionCodes = joinCodes(Object.values(FACT_CODES.conditions).flat());
  return async ({ patientId, ctStartedAt, now }, options) => {
    if (!ctStartedAt) return computeScores({});
    const window = openFactWindow(ctStartedAt, now);
    const subject = ['subject', `Patient/${patientId}`] as const;
    const bundles = await Promise.allSettled([
      search('Patient', [['_id', patientId]], options),
      search(
        'Observation',
        [
          subject,
          ['code', observationCodes],
          ['date', `ge${window.from.toISOString()}`],
          ['date', `le${window.to.toISOString()}`],
          ['_sort', '-date'],
          ['_count', MAXIMUM_OBSERVATIONS],
        ],
        options,
      ),
      search('Condition', [subject, ['code', conditionCodes]], options),
    ]);
    const resources = bundles.flatMap((bundle) => (bundle.status === 'fulfilled' ? listResources(bundle.value) : []));
    return computeScores(readScoreFacts(resources, window));
  };
}

function joinCodes(codings: readonly { system: string; code: string }[]): string {
  return codings.map(({ system, code }) => `${system}|${code}`).join(',');
}

function listResources(bundle: unknown): readonly unknown[] {
  const entries = (bundle as { entry?: readonly { resource?: unknown }[] } | undefined)?.entry ?? [];
  return entries.map((entry) => entry.resource);
}
