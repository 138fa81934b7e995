/** Any value at any place of an honest request: an answer or a refusal with a reason, never a fault of ours. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import { assessed, makeRequest } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Paths to every value of the request, the whole included. */
function listPaths(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => listPaths(child, [...path, key]))];
}

/** A copy with the value at the path replaced, or left out when it is undefined. */
function damage(value: Json, [step, ...rest]: readonly string[], put: Json | undefined): Json | undefined {
  if (step === undefined) return put;
  const copy = structuredClone(value) as Record<string, Json>;
  const child = damage(copy[step] ?? null, rest, put);
  if (child !== undefined) copy[step] = child;
  else if (Array.isArray(copy)) copy.splice(Number(step), 1);
  else Reflect.deleteProperty(copy, step);
  return copy;
}

const HONEST = {
  'order-sign': makeRequest({ top: { prefetch: { imagingStudies: { resourceType: 'Bundle', entry: [] } } } }) as Json,
  'order-select': makeRequest({ hook: 'order-select' }) as Json,
};

describe('damaged requests', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
    harness.answerWith(assessed(0.1, 0.9, 0.9));
  });
  after(() => harness.close());

  for (const hook of ['order-sign', 'order-select'] as const) {
    it(`${hook}: 200 or 400 for any value anywhere, with at most one card`, async () => {
      const paths = listPaths(HONEST[hook]);
      const values = fc.option(fc.jsonValue() as fc.Arbitrary<Json>, { nil: undefined });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), values, async (path, put) => {
          const body = JSON.stringify(damage(HONEST[hook], path, put) ?? '');
          const answer = await harness.call(body);
          expect(answer.status, body).to.be.oneOf([200, 400]);
          const { cards, code } = (await answer.json()) as { cards?: unknown[]; code?: string };
          if (answer.status === 200) expect(cards?.length).to.be.lessThan(2);
          else expect(code).to.equal('request-malformed');
        }),
        { numRuns: 250 },
      );
    });
  }
});
