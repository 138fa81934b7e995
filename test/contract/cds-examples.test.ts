/** The examples beside the service are what it answers today; uuids are masked, everything else is compared. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import { assessed, RUNNING } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

const FOLDER = new URL('../../cds-hooks/thrombectomy-risk/examples/', import.meta.url);
const readExample = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as unknown;
const mask = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/"uuid":"[^"]+"/g, '"uuid":"*"')) as unknown;

describe('examples of the thrombectomy-risk service', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
  });
  after(async () => {
    await harness.close();
  });

  const cases: readonly (readonly [string, OrderAnswer])[] = [
    ['order-select', RUNNING],
    ['order-sign', assessed(0.1, 0.62, 0.3)],
  ];
  for (const [hook, answer] of cases) {
    it(`${hook}: the request gets the answer`, async () => {
      harness.answerWith(answer);
      const response = await harness.call(readExample(`${hook}.request.json`));
      expect(response.status).to.equal(200);
      expect(mask(await response.json())).to.deep.equal(mask(readExample(`${hook}.response.json`)));
    });
  }
});
