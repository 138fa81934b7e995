/** Replay and rate, shared by two replicas on one real database. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import { isFault } from '../../../src/errors.ts';
import { createCallRateLimit } from '../../../src/security/call-rate-limit.ts';
import { createReplayStore } from '../../../src/security/replay-store.ts';
import type { Database, OpenedDatabase } from '../../../src/storage/database.ts';
import { openTestDatabase } from '../../contract/cds-harness.ts';

const silent = pino({ enabled: false });
const later = new Date('2026-11-23T13:00:00Z');

describe('tokens seen by the only process on an embedded database', () => {
  let database: OpenedDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());
  const isWritten = async (jti: string): Promise<boolean> => {
    const digest = createHash('sha256')
      .update(JSON.stringify(['issuer', jti]))
      .digest('base64url');
    return (await database.query('SELECT 1 FROM caller_token_seen WHERE digest = $1', [digest])).rows.length === 1;
  };
  const untilWritten = async (jti: string): Promise<void> => {
    for (let turn = 0; turn < 500 && !(await isWritten(jti)); turn += 1) await new Promise((go) => setTimeout(go, 10));
  };

  it('count once, decided without waiting for the database', async () => {
    const store = createReplayStore(database);
    const claims = await Promise.all(Array.from({ length: 25 }, () => store.claim('issuer', 'one', later)));
    expect(claims.filter(Boolean)).to.have.length(1);
    await untilWritten('one');
  });

  it('are still known after a restart', async () => {
    await createReplayStore(database).claim('issuer', 'before', later);
    await untilWritten('before');
    expect(await createReplayStore(database).claim('issuer', 'before', later)).to.equal(false);
  });

  it('are forgotten in memory and on disk once they have expired', async () => {
    const store = createReplayStore(database);
    await store.claim('issuer', 'brief', new Date('2026-11-23T10:00:00Z'));
    await untilWritten('brief');
    expect(await store.purgeExpired(new Date('2026-11-23T11:00:00Z'))).to.equal(1);
    expect(await store.claim('issuer', 'brief', later)).to.equal(true);
  });

  it('are written later when the database was away for a moment, and refused while it cannot be read', async () => {
    let isAway = true;
    const flaky = {
      engine: 'pglite' as const,
      query: <Row>(sql: string, params?: readonly unknown[]) =>
        isAway ? Promise.reject(new Error('away')) : database.query<Row>(sql, params),
      transaction: <Result>(work: (inside: Database) => Promise<Result>) => database.transaction(work),
    };
    const store = createReplayStore(flaky, { logger: silent });
    const refused: unknown = await store.claim('issuer', 'away', later).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
    isAway = false;
    expect(await store.claim('issuer', 'away', later)).to.equal(true);
    isAway = true;
    expect(await store.claim('issuer', 'meanwhile', later)).to.equal(true);
    isAway = false;
    await untilWritten('meanwhile');
    expect(await createReplayStore(database).claim('issuer', 'meanwhile', later)).to.equal(false);
  });
});

describe('what replicas share about callers', () => {
  let database: OpenedDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  /** As replicas see PostgreSQL: no engine of its own, so the table decides. */
  const shared = (): Database => ({
    query: (sql, params) => database.query(sql, params),
    transaction: (work) => database.transaction(work),
  });

  it('a jti counts once, whichever replica sees it', async () => {
    const [one, other] = [createReplayStore(shared()), createReplayStore(shared())];
    expect(await one.claim('issuer', 'jti-1', later)).to.equal(true);
    expect(await other.claim('issuer', 'jti-1', later)).to.equal(false);
  });

  it('of many at the same moment exactly one wins', async () => {
    const store = createReplayStore(shared());
    const claims = await Promise.all(Array.from({ length: 25 }, () => store.claim('issuer', 'jti-2', later)));
    expect(claims.filter(Boolean)).to.have.length(1);
  });

  it('a database that is away refuses every waiting token, and the next is asked for again', async () => {
    let isAway = true;
    const flaky: Database = {
      query: (sql, params) => (isAway ? Promise.reject(new Error('away')) : database.query(sql, params)),
      transaction: (work) => database.transaction(work),
    };
    const store = createReplayStore(flaky);
    const outcomes = await Promise.allSettled(['x', 'y', 'z'].map((jti) => store.claim('flaky', jti, later)));
    expect(outcomes.map((one) => one.status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    isAway = false;
    expect(await store.claim('flaky', 'x', later)).to.equal(true);
  });

  it('issuers do not share their jti, however they are spelt together', async () => {
    const store = createReplayStore(shared());
    expect(await store.claim('a', 'b c', later)).to.equal(true);
    expect(await store.claim('a b', 'c', later)).to.equal(true);
  });

  it('a replica whose clock is ahead does not make a token good again for another', async () => {
    const store = createReplayStore(shared());
    await store.claim('issuer', 'skewed', new Date('2026-11-23T12:00:00Z'));
    await store.purgeExpired(new Date('2026-11-23T12:05:00Z'));
    expect(await store.claim('issuer', 'skewed', new Date('2026-11-23T12:00:00Z'))).to.equal(false);
  });

  it('expired ones are swept', async () => {
    const store = createReplayStore(shared());
    await store.claim('sweep', 'old', new Date('2026-11-23T10:00:00Z'));
    expect(await store.purgeExpired(new Date('2026-11-23T11:00:00Z'))).to.equal(1);
  });

  it('claims sweep what has expired, now and then', async () => {
    let nowMs = Date.parse('2026-11-23T10:00:00Z');
    const store = createReplayStore(shared(), { now: () => new Date(nowMs), sweepEveryMs: 60_000 });
    await store.claim('sweeper', 'old', new Date('2026-11-23T10:00:30Z'));
    nowMs += 61_000;
    await store.claim('sweeper', 'new', later);
    await store.claim('sweeper', 'newer', later);
    expect(await store.purgeExpired(new Date(nowMs))).to.equal(0);
  });

  interface Clock {
    now: Date;
  }
  const makeLimit = (clock: Clock, callsPerWindow: number, on: Database = database) =>
    createCallRateLimit({ database: on, logger: silent, now: () => clock.now, windowMs: 60_000, callsPerWindow });
  const isTaken = async (limit: ReturnType<typeof makeLimit>, caller: string): Promise<unknown> =>
    limit.take(caller).then(
      () => true,
      (error: unknown) => (isFault(error) ? error.retryAfterMs : error),
    );

  it('calls of one caller are counted by both replicas together', async () => {
    const clock = { now: new Date('2026-11-23T12:00:10Z') };
    const [one, other] = [makeLimit(clock, 4), makeLimit(clock, 4)];
    for (const limit of [one, one, other, other]) expect(await isTaken(limit, 'ehr-a')).to.equal(true);
    await one.settle();
    await other.settle();
    await one.settle();
    expect(await isTaken(one, 'ehr-a')).to.equal(50_000);
    expect(await isTaken(other, 'ehr-a')).to.equal(50_000);
  });

  it('another caller is not held back', async () => {
    const clock = { now: new Date('2026-11-23T12:00:10Z') };
    const limit = makeLimit(clock, 1);
    expect(await isTaken(limit, 'ehr-b')).to.equal(true);
    expect(await isTaken(limit, 'ehr-c')).to.equal(true);
  });

  it('the next window starts anew', async () => {
    const clock = { now: new Date('2026-11-23T12:00:10Z') };
    const limit = makeLimit(clock, 1);
    await isTaken(limit, 'ehr-d');
    expect(await isTaken(limit, 'ehr-d')).to.equal(50_000);
    clock.now = new Date('2026-11-23T12:01:00Z');
    expect(await isTaken(limit, 'ehr-d')).to.equal(true);
  });

  it('a database that is away neither blocks calls nor throws', async () => {
    const away: Database = {
      query: () => Promise.reject(new Error('away')),
      transaction: () => Promise.reject(new Error('away')),
    };
    const limit = makeLimit({ now: later }, 2, away);
    expect(await isTaken(limit, 'ehr-e')).to.equal(true);
    await limit.settle();
    expect(await isTaken(limit, 'ehr-e')).to.equal(true);
    expect(await isTaken(limit, 'ehr-e')).to.be.a('number');
  });
});
