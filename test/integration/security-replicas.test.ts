/** Two service processes' worth of routers on one real PostgreSQL: a token opens one of them, once. */
import { expect } from 'chai';
import { pino } from 'pino';
import { createCallRateLimit } from '../../src/security/call-rate-limit.ts';
import { createReplayStore, type ReplayStore } from '../../src/security/replay-store.ts';
import { SECURITY_MIGRATIONS } from '../../src/security/security-migrations.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { skip } from '../support/skip.ts';

const logger = pino({ enabled: false });
const later = new Date('2026-11-23T13:00:00Z');

describe('two replicas on PostgreSQL', () => {
  let server: PostgresServer | undefined;
  let replicas: readonly OpenedDatabase[] = [];
  before(async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    server = await startPostgres(binaries);
    const { connectionString } = server;
    const open = () => openDatabase({ connectionString, logger, migrations: SECURITY_MIGRATIONS });
    replicas = await Promise.all([open(), open()]);
  });
  after(async () => {
    await Promise.all(replicas.map((one) => one.close()));
    await server?.stop();
  });

  it('of 400 claims of 100 tokens at the same time exactly 100 are granted', async () => {
    const stores = replicas.map((database) => createReplayStore(database));
    const claims = Array.from({ length: 400 }, (_one, at) => {
      const store = stores[at % stores.length] as ReplayStore;
      return store.claim('issuer', `token-${String(Math.floor(at / 4))}`, later);
    });
    const granted = (await Promise.all(claims)).filter(Boolean);
    expect(granted).to.have.length(100);
  });

  it('hold a caller to one limit between them', async () => {
    const now = () => new Date('2026-11-23T12:00:10Z');
    const limits = replicas.map((database) =>
      createCallRateLimit({ database, logger, now, windowMs: 60_000, callsPerWindow: 10 }),
    );
    for (const limit of limits) for (let call = 0; call < 5; call += 1) await limit.take('ehr');
    for (const limit of [...limits, ...limits]) await limit.settle();
    for (const limit of limits) {
      const refused: unknown = await limit.take('ehr').catch((error: unknown) => error);
      expect(refused).to.have.property('code', 'rate-limited');
    }
  });
});
