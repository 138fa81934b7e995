import { expect } from 'chai';
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Migration, OpenedDatabase } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { isFault } from '../../../src/errors.ts';
import { findPostgres, startPostgres } from '../../support/postgres-server.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { skip } from '../../support/skip.ts';

const logger = pino({ level: 'silent' });

/** What both engines must do alike; `open` gives the same database again. */
function describeEngine(open: (migrations?: readonly Migration[]) => Promise<OpenedDatabase>): void {
  let database: OpenedDatabase;
  before(async () => {
    database = await open();
    await database.query(
      'CREATE TABLE IF NOT EXISTS probe (id int8 PRIMARY KEY, body bytea, at timestamptz, data jsonb)',
    );
  });
  beforeEach(() => database.query('DELETE FROM probe'));
  after(() => database.close());

  it('gives bigint as number, bytea as bytes, timestamptz as Date, jsonb as value', async () => {
    const at = '2026-11-23T10:00:00.000Z';
    const written = await database.query('INSERT INTO probe VALUES ($1, $2, $3, $4)', [
      7,
      Buffer.from([1, 2, 255]),
      at,
      JSON.stringify(['a']),
    ]);
    const { rows } = await database.query<{ id: number; body: Uint8Array; at: Date; data: string[] }>(
      'SELECT * FROM probe',
    );
    expect(written.rowCount).to.equal(1);
    expect(rows[0]?.id).to.equal(7);
    expect([...(rows[0]?.body ?? [])]).to.deep.equal([1, 2, 255]);
    expect(rows[0]?.at.toISOString()).to.equal(at);
    expect(rows[0]?.data).to.deep.equal(['a']);
  });

  it('undoes a transaction that throws, and only the inner one where the outer catches', async () => {
    await database.transaction(async (outer) => {
      await outer.query('INSERT INTO probe (id) VALUES (1)');
      await outer
        .transaction(async (inner) => {
          await inner.query('INSERT INTO probe (id) VALUES (2)');
          throw new Error('no');
        })
        .catch(() => undefined);
    });
    const failed = await database
      .transaction(async (outer) => {
        await outer.query('INSERT INTO probe (id) VALUES (3)');
        throw new Error('no');
      })
      .catch((error: unknown) => error);
    expect(failed).to.be.an('error').with.property('message', 'no');
    const { rows } = await database.query<{ id: number }>('SELECT id FROM probe');
    expect(rows).to.deep.equal([{ id: 1 }]);
  });

  it('returns the rows of every statement of a script', async () => {
    const rows = await database.executeScript(
      'BEGIN; INSERT INTO probe (id) VALUES (5) RETURNING id; SELECT 6 AS id; COMMIT',
    );
    expect(rows.map((row) => Number(row['id']))).to.deep.equal([5, 6]);
  });

  it('works on after a script that failed inside its transaction', async () => {
    const error = await database.executeScript('BEGIN; SELECT 1/0; COMMIT').catch((caught: unknown) => caught);
    expect(error).to.have.property('code', '22012');
    expect((await database.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('passes a wrong statement on with its SQLSTATE, not as storage-unavailable', async () => {
    const error = await database.query('SELECT nothing FROM nowhere').catch((caught: unknown) => caught);
    expect(isFault(error)).to.equal(false);
    expect(error).to.have.property('code', '42P01');
  });

  it('delivers notices to listeners on the same channel, capitals and dashes included', async () => {
    const heard: string[] = [];
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    const listener = await database.listen('Probe-Channel', (payload) => {
      heard.push(payload);
      tell();
    });
    await database.query('SELECT pg_notify($1, $2)', ['Probe-Channel', 'hello']);
    await told;
    await listener.close();
    expect(heard).to.deep.equal(['hello']);
  });

  it('applies a migration once, keeps the data, and refuses one that was edited later', async () => {
    const step = { id: 'test-0001', statements: ['CREATE TABLE migrated (id int)', 'INSERT INTO migrated VALUES (1)'] };
    await database.close();
    database = await open([step]);
    await database.close();
    database = await open([step]);
    expect((await database.query('SELECT id FROM migrated')).rows).to.deep.equal([{ id: 1 }]);
    await database.close();
    const error = await open([{ ...step, statements: ['CREATE TABLE other (id int)'] }]).catch((e: unknown) => e);
    expect(error).to.have.property('code', 'storage-unavailable');
    expect(error).to.have.property('message').that.contains('test-0001');
    database = await open();
  });
}

describe('openDatabase on a PGlite folder', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'storage-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  describeEngine((migrations = []) => openDatabase({ dataDir: join(folder, 'alike'), logger, migrations }));

  it('refuses a folder that this process already has open, and names the holder', async () => {
    const dataDir = join(folder, 'twice');
    const first = await openDatabase({ dataDir, logger });
    const error = await openDatabase({ dataDir, logger }).catch((caught: unknown) => caught);
    await first.close();
    expect(error).to.have.property('code', 'storage-unavailable');
    expect(error)
      .to.have.property('message')
      .that.matches(new RegExp(`in use \\(process ${process.pid},`));
  });

  it('refuses a folder of another process, and takes it at once when that was killed with -9', async () => {
    const dataDir = join(folder, 'other');
    const holder = fork(join(import.meta.dirname, 'hold-database.ts'), [dataDir], { stdio: 'inherit' });
    await new Promise((resolve) => holder.once('message', resolve));
    const error = await openDatabase({ dataDir, logger }).catch((caught: unknown) => caught);
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
    expect(error)
      .to.have.property('message')
      .that.matches(new RegExp(`process ${String(holder.pid)},`));
    const database = await openDatabase({ dataDir, logger });
    const { rows } = await database.query('SELECT word FROM held');
    await database.close();
    expect(rows, 'what the killed process had committed').to.deep.equal([{ word: 'kept' }]);
  });

  it('says when the folder cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const error = await openDatabase({ dataDir: join(file, 'below'), logger }).catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'storage-unavailable');
    expect(error).to.have.property('message').that.contains('cannot be written');
  });

  it('answers storage-unavailable once it is closed', async () => {
    const database = await openDatabase({ inMemory: true, logger });
    await database.close();
    await database.close();
    const error = await database.query('SELECT 1').catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'storage-unavailable');
  });
});

describe('openDatabase on PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer | undefined;
  const address = (): string => server?.connectionString ?? '';
  before(async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    server = await startPostgres(binaries);
  });
  after(() => server?.stop());

  describeEngine((migrations = []) => openDatabase({ connectionString: address(), logger, migrations }));

  it('migrates once when several replicas start together', async () => {
    const step = { id: 'test-together', statements: ['CREATE TABLE together (id int)'] };
    const opening = [1, 2, 3].map(() => openDatabase({ connectionString: address(), logger, migrations: [step] }));
    const databases = await Promise.all(opening);
    await Promise.all(databases.map((database) => database.close()));
    expect(databases).to.have.length(3);
  });

  it('survives a crash of the server: storage-unavailable, then answers and listens again', async () => {
    const lines: string[] = [];
    const listening = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const database = await openDatabase({ connectionString: address(), logger: listening, connectTimeoutMs: 500 });
    let subscribed = 0;
    let heard: (payload: string) => void = () => undefined;
    await database.listen(
      'again',
      (payload) => heard(payload),
      () => (subscribed += 1),
    );
    await server?.crash();
    const error = await database.query('SELECT 1').catch((caught: unknown) => caught);
    expect(error).to.include({ code: 'storage-unavailable', retryable: true });
    await server?.start();
    while (subscribed < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    const notice = new Promise<string>((resolve) => (heard = resolve));
    await database.query("SELECT pg_notify('again', 'back')");
    expect(await notice).to.equal('back');
    await database.close();
    expect(lines.join(''))
      .to.contain('lost')
      .and.not.match(/secretKey|connectionParameters/);
  });

  it('survives a connection that is cut inside a transaction, between two statements', async () => {
    const database = await openDatabase({ connectionString: address(), logger });
    const error = await database
      .transaction(async (transaction) => {
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await transaction.query('SELECT 1');
      })
      .catch((caught: unknown) => caught);
    expect(error).to.include({ code: 'storage-unavailable', retryable: true });
    expect((await database.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    await database.close();
  });

  it('refuses with storage-unavailable when nobody listens on the address', async () => {
    const connectionString = 'postgresql://cds@127.0.0.1:1/postgres';
    const error = await openDatabase({ connectionString, logger, connectTimeoutMs: 500 }).catch((e: unknown) => e);
    expect(error).to.include({ code: 'storage-unavailable', retryable: true });
  });
});
