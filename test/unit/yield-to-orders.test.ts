import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { constants, getPriority, platform } from 'node:os';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { skip } from '../support/skip.ts';

const MODULE = new URL('../../src/yield-to-orders.ts', import.meta.url).href;
const LOWER = constants.priority.PRIORITY_BELOW_NORMAL;
/** Code that lowers itself and says what it has come to. */
const lower = (who: 'process' | 'thread', say: string): string =>
  `import('${MODULE}').then((it) => { it.yieldToOrders('${who}'); ${say}(require('node:os').getPriority()); })`;

describe('whoever computes stands back for whoever answers', () => {
  const own = getPriority();

  before(function () {
    if (own >= LOWER) skip(this, 'the tests run at a low priority already');
  });

  it('as a process', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', lower('process', 'console.log')]);
    expect(Number(stdout)).to.equal(LOWER);
  });

  it('as a thread, which leaves its process as it is', async function () {
    if (platform() !== 'linux') skip(this, 'only Linux tells a thread from its process');
    const code = lower('thread', "require('node:worker_threads').parentPort.postMessage");
    const worker = new Worker(code, { eval: true });
    const [priority] = (await once(worker, 'message')) as [number];
    await worker.terminate();
    expect([priority, getPriority()]).to.deep.equal([LOWER, own]);
  });
});
