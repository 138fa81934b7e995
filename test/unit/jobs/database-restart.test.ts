import { expect } from 'chai';
import { findPostgres, startPostgres } from '../../support/postgres-server.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { skip } from '../../support/skip.ts';
import { makeGate, makeJob, openJobFixture } from './job-fixture.ts';
import type { JobFixture } from './job-fixture.ts';

const forever = new AbortController().signal;

describe('a PostgreSQL server that crashes and comes back', function () {
  this.timeout(90_000);
  let server: PostgresServer | undefined;
  let fixture: JobFixture | undefined;
  before(async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    server = await startPostgres(binaries);
    fixture = await openJobFixture({ connectionString: server.connectionString });
  });
  after(async () => {
    await fixture?.close();
    await server?.stop();
  });

  it('in the middle of an analysis: requests are refused meanwhile, and nothing asked for is lost', async () => {
    const { queue } = fixture!;
    const [begun, go] = [makeGate(), makeGate()];
    const worker = await fixture!.startWorker({
      assess: async ({ key }) => {
        begun.open();
        if (key === 'running') await go.opened;
      },
    });
    await queue.request(makeJob('running'));
    await begun.opened;
    const waiting = queue.waitForEnd('running', { signal: forever }).catch((error: unknown) => error);
    await server!.crash();
    const refused = await queue.request(makeJob('meanwhile', 'order')).catch((error: unknown) => error);
    go.open();
    await server!.start();
    await queue.request(makeJob('after', 'order'));
    const after = await waitPatiently(queue, 'after');
    const running = await waitPatiently(queue, 'running');
    await worker.stop({ graceMs: 0 });
    expect(refused).to.include({ code: 'queue-unavailable', retryable: true });
    expect(after.kind).to.equal('done');
    expect(running.kind, 'its settling was lost; the heartbeat brought it back').to.equal('done');
    await waiting;
  });
});

/** A wait that asks again when the queue could not be reached. */
async function waitPatiently(queue: JobFixture['queue'], key: string) {
  for (;;) {
    const state = await queue.waitForEnd(key, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (state?.kind === 'done' || state?.kind === 'failed') return state;
  }
}
