/**
 * The hostile set: every request ends with its exact status, one log line that holds neither token nor patient, and
 * a process that answers the next honest order. Cases are data: hostile/*.ts.
 */
import { expect } from 'chai';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import { HOSTILE_ADDRESSES } from './hostile/addresses.ts';
import { HOSTILE_BODIES } from './hostile/bodies.ts';
import { HOSTILE_FHIR_SERVERS } from './hostile/fhir-servers.ts';
import { createKit, PHI, type HostileAnswer, type HostileCase } from './hostile/hostile-case.ts';
import { HOSTILE_TOKENS } from './hostile/tokens.ts';
import { HOSTILE_WIRE } from './hostile/wire.ts';
import { makeRequest, RUNNING } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

const CASES: readonly HostileCase[] = [
  ...HOSTILE_TOKENS,
  ...HOSTILE_BODIES,
  ...HOSTILE_FHIR_SERVERS,
  ...HOSTILE_ADDRESSES,
  ...HOSTILE_WIRE,
];
const PATIENTS = [PHI, 'patient-1', 'patient-2', 'doctor-1', 'encounter-1', 'someone-else'];
const HONEST = JSON.stringify(makeRequest());

interface LogLine {
  readonly level: number;
  readonly code?: string;
  readonly status?: number;
}

describe('hostile requests', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database, { router: { limits: { maximumBytes: 2_500_000, timeoutMs: 300 } } });
    harness.answerWith(RUNNING);
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.lines.length = 0;
  });

  function requireCleanLog(sent: readonly string[]): void {
    const log = harness.lines.join('');
    for (const patient of PATIENTS) expect(log, 'a patient in the log').not.to.contain(patient);
    const parts = sent.flatMap((one) => one.split(/[ .]/)).filter((part) => part.length > 20);
    for (const part of parts) expect(log, 'a token in the log').not.to.contain(part);
  }

  function requireOneRefusal(one: HostileCase, answer: HostileAnswer): void {
    if (one.code === undefined) return;
    const body = JSON.parse(answer.body) as { code: string; message: string };
    expect(Object.keys(body)).to.deep.equal(['code', 'message']);
    expect(body.code).to.equal(one.code);
    expect(body.message).not.to.match(new RegExp(PATIENTS.join('|')));
    if (one.status === 401) expect(body.message).to.equal('Not authorized');
    const lines = harness.lines.map((line) => JSON.parse(line) as LogLine);
    const refusals = lines.filter((line) => line.status === one.status);
    expect(refusals.map((line) => [line.level, line.code])).to.deep.equal([[40, one.code]]);
  }

  for (const one of CASES) {
    it(`${one.name} → ${String(one.status)}`, async () => {
      const kit = createKit(harness, HONEST);
      const answer = await one.send(kit);
      expect(answer.status, answer.body.slice(0, 300)).to.equal(one.status);
      requireOneRefusal(one, answer);
      if (one.cards !== undefined) {
        const { cards } = JSON.parse(answer.body) as { cards: { detail: string }[] };
        expect(cards).to.have.length(one.cards);
        for (const card of cards) expect(card.detail).not.to.match(/<[a-z!/]|(?<!\\)\]\(|\n#/i);
      }
      requireCleanLog(kit.sent);
      const next = await createKit(harness, HONEST).post(HONEST);
      expect(next.status, 'the next honest order').to.equal(200);
    });
  }

  it('are at least 150, each with a name of its own', () => {
    expect(new Set(CASES.map((one) => one.name)).size)
      .to.equal(CASES.length)
      .and.to.be.at.least(150);
  });

  it('left nothing behind on Object.prototype', () => {
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
    expect(({} as Record<string, unknown>)['isAdmin']).to.equal(undefined);
  });
});
