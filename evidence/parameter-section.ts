/** Numbers of the simulations that cite the literature, beside the studies: said where they differ, never changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Pool, PublishedEvidence } from './published-evidence.ts';
import { formatEstimate, formatRange } from './readable-numbers.ts';

const parameterFile = z.strictObject({
  about: z.string(),
  parameters: z.array(
    z.strictObject({
      file: z.string(),
      path: z.array(z.string()).min(1),
      question: z.string().optional(),
      remark: z.string(),
    }),
  ),
});

export function writeParameterSection({ pools }: PublishedEvidence, repository: string): string {
  const { parameters } = parameterFile.parse(
    JSON.parse(readFileSync(new URL('in-silico-parameters.json', import.meta.url), 'utf8')),
  );
  const lines = parameters.map(({ file, path, question, remark }) => {
    const value = readPath(JSON.parse(readFileSync(join(repository, file), 'utf8')), path);
    const pool = pools.find(({ id }) => id === question);
    if (question !== undefined && !pool) throw new Error(`in-silico-parameters.json: no question ${question}`);
    return `| \`${file}\`: \`${path.join('.')}\` | ${sayValue(value)} | ${sayPublished(pool, value)} | ${remark} |`;
  });
  return ['| parameter | value | published | remark: the parameter … |', '|---|---|---|---|', ...lines].join('\n');
}

function readPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value);
}

function sayValue(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

function sayPublished(pool: Pool | undefined, value: unknown): string {
  if (!pool) return '–';
  const { result, measure } = pool;
  if (result.kind === 'not-pooled') return `not pooled: ${String(pool.studies)} usable studies`;
  const isInside = typeof value === 'number' && value >= result.lower && value <= result.upper;
  const interval = `${formatEstimate(measure, result.estimate)} (${formatRange(measure, result.lower, result.upper)})`;
  return `${interval}: ${isInside ? 'inside the interval' : 'outside the interval'}`;
}
