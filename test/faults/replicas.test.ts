/**
 * Three whole service processes on one PostgreSQL and one FHIR server, under orders by HTTP: killed with -9, restarted
 * one after the other, and all the time one hospital to its EHR. FAULTS_ORDERS (12; in full 1 000) says how many.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { findPostgres, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { closeAfter } from '../support/close-after.ts';
import { skip } from '../support/skip.ts';
import { openBackdrop, type Backdrop } from './backdrop.ts';
import { makeRequest, signOrder, type OrderOutcome } from './ehr.ts';
import { settle } from './ledger.ts';
import { readNumber } from './parameters.ts';
import { printTable, summarise } from './report.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

const ORDERS = readNumber('FAULTS_ORDERS', 12);
const REPLICAS = 3;
/** One kill for so many orders. */
const ORDERS_PER_KILL = 6;
const AT_ONCE = 4;
const SWEEP_CRON = '*/2 * * * * *';
const CALLS_PER_MINUTE = 100_000;
const PATH = '/cds-services/thrombectomy-risk';

/** `3 x 504 deadline-exceeded`. */
function sayOthers(outcomes: readonly OrderOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { status, body } of outcomes.filter((one) => one.status !== 200)) {
    const name = `${String(status)} ${body.code ?? ''}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${String(count)} x ${name}`).join(', ') || 'none';
}

describe(`three service processes on one PostgreSQL, ${String(ORDERS)} orders`, function () {
  this.timeout(240_000 + ORDERS * 20_000);
  let postgres: PostgresServer;
  let backdrop: Backdrop;
  let replicas: readonly ServiceProcess[] = [];
  let urls: readonly string[] = [];
  const patients: string[] = [];
  const outcomes: OrderOutcome[] = [];
  const opened = closeAfter();

  before(async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    postgres = await startPostgres(binaries);
    opened(() => postgres.stop());
    backdrop = await openBackdrop({ shelf: 60 });
    opened(() => backdrop.close());
    // All replicas are one service to the EHR, behind one public address.
    const settings = {
      DATABASE_URL: postgres.connectionString,
      PUBLIC_URL: 'https://cds.example.org',
      CALLS_PER_MINUTE: String(CALLS_PER_MINUTE),
      SWEEP_CRON,
    };
    replicas = await Promise.all(Array.from({ length: REPLICAS }, () => createServiceProcess({ backdrop, settings })));
    opened(() => Promise.all(replicas.map((replica) => replica.dispose())));
    for (const replica of replicas) await replica.start();
    urls = replicas.map(({ url }) => url);
  });

  const order = async (at: number): Promise<void> => {
    const patientId = await backdrop.admit();
    patients.push(patientId);
    const turned = urls.map((_, index) => urls[(at + index) % urls.length] ?? '');
    outcomes.push(await signOrder(backdrop, { patientId, urls: turned, publicUrl: 'https://cds.example.org' }));
  };
  const orderAll = async (count: number): Promise<void> => {
    let next = 0;
    const line = async (): Promise<void> => {
      while (next < count) await order(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line));
  };
  /** How often an analysis ran to its end, over all processes and lives. */
  const countRuns = (): Map<string, number> => {
    const runs = new Map<string, number>();
    for (const { log } of replicas)
      for (const line of log) {
        const key = line.msg === 'study assessed' ? String(line['key']) : undefined;
        if (key !== undefined) runs.set(key, (runs.get(key) ?? 0) + 1);
      }
    return runs;
  };

  it('a token opens one of them, once', async () => {
    const authorization = await backdrop.authorize(`https://cds.example.org${PATH}`);
    const body = JSON.stringify(makeRequest('nobody', randomUUID(), { imagingStudies: null }));
    const headers = { 'content-type': 'application/json', authorization };
    const answers = await Promise.all(urls.map((url) => fetch(url + PATH, { method: 'POST', headers, body })));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 401, 401]);
  });

  it('each cron tick is swept by one of them', async () => {
    const ticks: number[] = [];
    const stop = backdrop.fhirGate.watch(({ moment, path }) => {
      if (moment === 'received' && /^\/fhir\/ImagingStudy\?(?!patient)/.test(path)) ticks.push(Date.now());
    });
    await pause(10_000);
    stop();
    // A tick every two seconds: with three replicas sweeping it would be three times as many.
    expect(ticks.length).to.be.within(2, 6);
  });

  it('no order is lost and no study analysed twice while they are killed with -9', async () => {
    const kills = Math.max(2, Math.round(ORDERS / ORDERS_PER_KILL));
    const progress = { isOver: false };
    const ledger = orderAll(ORDERS)
      .then(() => settle(backdrop, patients, 120_000 + ORDERS * 5_000))
      .finally(() => (progress.isOver = true));
    let killed = 0;
    // Also after the last order was answered: until the last result stands in the chart.
    for (; killed < kills && !progress.isOver; killed += 1) {
      await pause(1_000 + Math.random() * 2_000);
      const victim = replicas[killed % replicas.length];
      await victim?.kill();
      await victim?.start();
    }
    const { lost, doubled, riskAssessments } = await ledger;
    const runs = countRuns();
    const extra = [...runs.values()].reduce((sum, count) => sum + count - 1, 0);
    printTable('Three replicas on one PostgreSQL', [
      [
        'orders / answered 200',
        `${String(outcomes.length)} / ${String(outcomes.filter(({ status }) => status === 200).length)}`,
      ],
      ['other answers', sayOthers(outcomes)],
      ['processes killed with -9', String(killed)],
      ['studies lost / doubled', `${String(lost.length)} / ${String(doubled.length)}`],
      ['RiskAssessments', String(riskAssessments)],
      ['analyses that ended a second time', String(extra)],
      ['order → answer, ms', summarise(outcomes.map(({ durationMs }) => durationMs))],
      ['attempts cut off or met by a start', String(outcomes.reduce((sum, { unanswered }) => sum + unanswered, 0))],
    ]);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
    expect(extra, 'a kill between the write and its settling runs the job again, and it finds the result').to.equal(0);
  });

  it('restarted one after the other with SIGTERM, they lose no order', async () => {
    const from = outcomes.length;
    const orders = orderAll(6);
    for (const replica of replicas) {
      expect(await replica.stop()).to.equal(0);
      await replica.start();
    }
    await orders;
    const { lost, doubled } = await settle(backdrop, patients, 120_000);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
    // 504: a machine that starts three services at once may take longer than the budget, and says so.
    expect(outcomes.slice(from).filter(({ status }) => status !== 200 && status !== 504)).to.deep.equal([]);
  });

  it('PostgreSQL restarted in the middle: orders wait or are refused by name, and none is lost', async () => {
    const patientId = await backdrop.admit();
    patients.push(patientId);
    await signOrder(backdrop, { patientId, urls, publicUrl: 'https://cds.example.org' });
    await postgres.crash();
    await pause(1_000);
    const meanwhile = await backdrop.admit();
    patients.push(meanwhile);
    const options = { patientId: meanwhile, urls, publicUrl: 'https://cds.example.org' };
    const refused = await signOrder(backdrop, options);
    await postgres.start();
    // As an EHR does: the order is signed again until it is answered.
    for (let { status } = refused; status !== 200; { status } = await signOrder(backdrop, options)) await pause(500);
    const { lost, doubled } = await settle(backdrop, patients, 120_000);
    expect([500, 503], 'says that it cannot, in time').to.include(refused.status);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
  });
});
