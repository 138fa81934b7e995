import { expect } from 'chai';
import type { DecodeInstanceRequest } from '../../../../src/imaging/volume/decode-instance.ts';
import { createWorkerPool, type WorkerPool } from '../../../../src/imaging/workers/worker-pool.ts';

const entry = new URL('../../../support/imaging-test-worker.ts', import.meta.url);
const never = new AbortController().signal;

describe('imaging/workers/worker-pool', () => {
  let pool: WorkerPool;

  function ask(how: string, signal: AbortSignal = never): Promise<unknown> {
    const request = { expected: { patientId: how } } as unknown as DecodeInstanceRequest;
    return pool.run('decode-instance', request, { signal }).catch((error: unknown) => error);
  }

  beforeEach(() => {
    pool = createWorkerPool({ size: 1, taskTimeoutMs: 1_500, maximumHeapMb: 64, entry });
  });
  afterEach(() => pool.close());

  it('starts no thread before it is asked', () => {
    expect(pool.startedWorkers).to.equal(0);
  });

  it('answers many tasks with one thread, in order', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((how) => ask(how)));
    expect(answers.map((answer) => (answer as { transferSyntaxUid: string }).transferSyntaxUid)).to.deep.equal([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(pool.startedWorkers).to.equal(1);
  });

  const ENDS = [
    ['hang', true],
    ['die', true],
    ['throw', true],
    ['tainted', false],
  ] as const;
  for (const [how, retryable] of ENDS) {
    it(`replaces a thread that ends in: ${how}; the next task is answered`, async () => {
      expect(await ask(how)).to.include({ code: 'codec-failed', retryable });
      expect(await ask('good')).to.have.property('transferSyntaxUid', 'good');
      expect(pool.startedWorkers).to.equal(2);
    });
  }

  it('answers an aborted caller at once and drops the task from the queue', async () => {
    const first = ask('hang');
    const aborted = await ask('never-started', AbortSignal.timeout(20));
    expect(aborted).to.have.property('code', 'deadline-exceeded');
    await first;
    expect(await ask('good')).to.have.property('transferSyntaxUid', 'good');
  });

  it('does not start a task for a caller that has already given up', async () => {
    expect(await ask('good', AbortSignal.abort(new DOMException('late', 'TimeoutError')))).to.have.property(
      'code',
      'deadline-exceeded',
    );
    expect(pool.startedWorkers).to.equal(0);
  });

  it('settles what is running and waiting when it closes', async () => {
    const pending = [ask('hang'), ask('good')];
    await pool.close();
    for (const outcome of await Promise.all(pending))
      expect(outcome).to.have.property('message').that.includes('closed');
    expect(await ask('good'))
      .to.have.property('message')
      .that.includes('closed');
  });
});
