/**
 * The hospital around the service on a bad day, while orders come in: the archive cuts a series half-way, the FHIR
 * server answers 429, 500, half a JSON, a proxy's page, or not in time. Each order is answered or refused by name within
 * its budget, and once the hospital is well every study has its results, once.
 */
import { expect } from 'chai';
import { openBackdrop, type Backdrop } from './backdrop.ts';
import { signOrder, type OrderOutcome } from './ehr.ts';
import type { GateFault } from './gate.ts';
import { settle } from './ledger.ts';
import { printTable, summarise } from './report.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

const BUDGET_MS = 500;
/** What a loaded machine may add to one order before it counts as a broken promise in a test. */
const SLACK_MS = 9_000;
const SETTLE_MS = 150_000;

interface Outage {
  readonly name: string;
  readonly at: 'fhir' | 'pacs';
  readonly fault: GateFault;
  /** Statuses an order may get meanwhile; 200 is an honest card. */
  readonly statuses: readonly number[];
}

const HTML = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><h1>Maintenance</h1></html>' };
/** 504: the chart, or a machine that is busy with other tests, took longer than the budget. */
const ANSWERED = [200, 504];
const UNREADABLE = [412, 502, 504];

const OUTAGES: readonly Outage[] = [
  {
    name: 'archive cut in the middle of a series',
    at: 'pacs',
    fault: { kind: 'half', ends: 'cut' },
    statuses: ANSWERED,
  },
  { name: 'archive ends a series early', at: 'pacs', fault: { kind: 'half', ends: 'cleanly' }, statuses: ANSWERED },
  { name: 'archive silent after its work', at: 'pacs', fault: { kind: 'silence' }, statuses: ANSWERED },
  {
    name: 'FHIR 429 with Retry-After',
    at: 'fhir',
    fault: { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    statuses: UNREADABLE,
  },
  { name: 'FHIR 500', at: 'fhir', fault: { kind: 'answer', status: 500 }, statuses: UNREADABLE },
  {
    name: 'FHIR 200 with nonsense',
    at: 'fhir',
    fault: { kind: 'answer', status: 200, body: '{"resourceType": [[[' },
    statuses: UNREADABLE,
  },
  { name: "FHIR 200 with a proxy's page", at: 'fhir', fault: { kind: 'answer', ...HTML }, statuses: UNREADABLE },
  { name: 'FHIR answer ends early', at: 'fhir', fault: { kind: 'half', ends: 'cleanly' }, statuses: UNREADABLE },
  { name: 'FHIR cut in the answer', at: 'fhir', fault: { kind: 'half', ends: 'cut' }, statuses: UNREADABLE },
  { name: 'FHIR silent after its work', at: 'fhir', fault: { kind: 'silence' }, statuses: UNREADABLE },
  { name: 'FHIR slower than any budget', at: 'fhir', fault: { kind: 'slow', delayMs: 1_500 }, statuses: ANSWERED },
];

describe('orders while the hospital around the service fails', function () {
  this.timeout(600_000);
  let backdrop: Backdrop;
  let service: ServiceProcess;
  const outcomes = new Map<string, OrderOutcome>();
  const patients: string[] = [];

  before(async () => {
    backdrop = await openBackdrop();
    service = await createServiceProcess({ backdrop });
    await service.start();
    // The first order after a start also fetches the EHR's keys.
    const first = await backdrop.admit();
    await signOrder(backdrop, { patientId: first, urls: [service.url] });
    patients.push(first);
  });
  after(async () => {
    await service.dispose();
    await backdrop.close();
  });

  for (const { name, at, fault, statuses } of OUTAGES) {
    it(`${name}: answered or refused by name within the budget`, async () => {
      const gate = at === 'fhir' ? backdrop.fhirGate : backdrop.pacsGate;
      const patientId = await backdrop.admit();
      patients.push(patientId);
      gate.setFault(() => fault);
      try {
        const outcome = await signOrder(backdrop, { patientId, urls: [service.url] });
        outcomes.set(name, outcome);
        expect(statuses).to.include(outcome.status);
        if (outcome.status !== 200)
          expect(outcome.body.code).to.match(/^(prefetch-|fhir-)unavailable|deadline-exceeded$/);
        else expect(outcome.body.cards?.[0]?.summary).to.match(/no result yet/);
        expect(outcome.durationMs).to.be.below(BUDGET_MS + SLACK_MS);
      } finally {
        gate.setFault(undefined);
      }
    });
  }

  it('the EHR asks again for what was refused, and every study gets its results, once', async () => {
    for (const patientId of patients) await signOrder(backdrop, { patientId, urls: [service.url] });
    const { lost, doubled } = await settle(backdrop, patients, SETTLE_MS);
    printTable('Outages', [
      ...[...outcomes].map(([name, { status, body, durationMs }]): [string, string] => [
        name,
        `${String(status)}${body.code === undefined ? '' : ` ${body.code}`} after ${durationMs.toFixed(0)} ms`,
      ]),
      ['order → answer, ms', summarise([...outcomes.values()].map(({ durationMs }) => durationMs))],
      ['studies lost / doubled', `${String(lost.length)} / ${String(doubled.length)} of ${String(patients.length)}`],
    ]);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
  });
});
