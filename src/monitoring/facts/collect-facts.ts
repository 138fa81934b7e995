/**
 * Runs the searches, page after page, and keeps of each resource only its fact: memory holds facts and one page per
 * search, whatever the period. A period that holds more than the limit is refused, never cut off in silence.
 */
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import type { Fact } from './fact.ts';
import { listQueries, sayQuery, type Period, type Query } from './queries.ts';

/** The chart, as this room needs it; `page` follows a `next` link of the same server. */
export interface MonitoringChart {
  search(
    type: Query['type'],
    parameters: Query['parameters'],
    options: { readonly signal: AbortSignal },
  ): Promise<unknown>;
  page(url: string, options: { readonly signal: AbortSignal }): Promise<unknown>;
}

export interface CollectedFacts {
  readonly facts: readonly Fact[];
  readonly sources: readonly Source[];
}

/** One search: what was asked, how many resources came, and how many of them could not be read. */
export interface Source {
  readonly query: string;
  readonly resources: number;
  readonly unreadable: number;
}

const bundle = z.looseObject({
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).default([]),
  entry: z
    .array(
      z.looseObject({
        resource: z.looseObject({ resourceType: z.string(), id: z.string().optional() }).optional(),
      }),
    )
    .default([]),
});

/** Throws Fault: of the chart, or `report-too-large`. */
export async function collectFacts(
  chart: MonitoringChart,
  period: Period,
  options: { readonly signal: AbortSignal; readonly maximumResources: number },
): Promise<CollectedFacts> {
  const parts = await Promise.all(listQueries(period).map((query) => runQuery(chart, query, options)));
  return { facts: parts.flatMap((part) => part.facts), sources: parts.map((part) => part.source) };
}

async function runQuery(
  chart: MonitoringChart,
  query: Query,
  { signal, maximumResources }: { readonly signal: AbortSignal; readonly maximumResources: number },
): Promise<{ facts: Fact[]; source: Source }> {
  const facts: Fact[] = [];
  const seen = new Set<string>();
  let [unreadable, next] = [0, undefined as string | undefined];
  do {
    const answer =
      next === undefined ? chart.search(query.type, query.parameters, { signal }) : chart.page(next, { signal });
    const page = requireBundle(await answer);
    for (const { resource } of page.entry) {
      // An OperationOutcome may stand among the matches (FHIR R4 search#modes).
      if (resource?.resourceType !== query.type || seen.has(resource.id ?? '')) continue;
      seen.add(resource.id ?? '');
      const fact = query.read(resource);
      if (fact.kind === 'unreadable') unreadable += 1;
      else if (fact.kind !== 'ignored') facts.push(fact);
    }
    if (seen.size > maximumResources) {
      throw new Fault('report-too-large', 'The period holds more resources than a report may be made of', {
        details: { type: query.type, maximumResources },
      });
    }
    next = page.link.find(({ relation }) => relation === 'next')?.url;
  } while (next !== undefined);
  return { facts, source: { query: sayQuery(query), resources: seen.size, unreadable } };
}

function requireBundle(answer: unknown): z.infer<typeof bundle> {
  const parsed = bundle.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Fault('fhir-unavailable', 'The answer is not a FHIR searchset', { retryable: true });
}
