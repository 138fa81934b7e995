import { expect } from 'chai';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeInput, openSmallEngine } from './engine-fixture.ts';

const forever = new AbortController().signal;

describe('optimised models on disk', function () {
  this.timeout(60_000);
  let cacheDir: string;
  let expected: Float32Array;
  before(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'optimized-'));
    expected = await answerWith(undefined);
  });
  after(() => rm(cacheDir, { recursive: true, force: true }));

  const answerWith = async (folder: string | undefined): Promise<Float32Array> => {
    const engine = await openSmallEngine(folder === undefined ? {} : { cacheDir: folder });
    const network = engine.ensemble.networks[0]!;
    const { logits } = await engine.run(network, makeInput(network, 5), { signal: forever });
    await engine.close();
    return logits;
  };
  const findFiles = async (): Promise<Record<'model' | 'weights' | 'proof', string>> => {
    const entries = await readdir(cacheDir);
    expect(entries, 'one network, no drafts left').to.have.length(1);
    const [folder = ''] = entries;
    const [model, weights, proof] = ['model.onnx', 'weights.bin', 'proof.json'].map((name) =>
      join(cacheDir, folder, name),
    );
    return { model: model!, weights: weights!, proof: proof! };
  };

  it('are made at the first start and give the same answers then and later', async () => {
    expect(await answerWith(cacheDir)).to.deep.equal(expected);
    const { model } = await findFiles();
    const { mtimeMs } = await stat(model);
    expect(await answerWith(cacheDir)).to.deep.equal(expected);
    expect((await stat(model)).mtimeMs, 'not made again').to.equal(mtimeMs);
  });

  const SPOILT: readonly [string, () => Promise<unknown>][] = [
    ['weights that were overwritten', async () => overwriteMiddle((await findFiles()).weights)],
    ['weights that were cut short', async () => truncate((await findFiles()).weights, 1_000)],
    ['a model that was cut short', async () => truncate((await findFiles()).model, 1_000)],
    ['a proof that is missing', async () => rm((await findFiles()).proof)],
    ['a proof of another network', async () => writeFile((await findFiles()).proof, '{"logits":[1,2,3]}')],
  ];
  for (const [what, spoil] of SPOILT) {
    it(`are made again when there are ${what}`, async () => {
      await answerWith(cacheDir);
      await spoil();
      expect(await answerWith(cacheDir)).to.deep.equal(expected);
      expect(JSON.parse(await readFile((await findFiles()).proof, 'utf8')))
        .to.have.property('logits')
        .with.length(12);
      expect(await answerWith(cacheDir)).to.deep.equal(expected);
    });
  }

  it('are not needed where nothing can be written', async () => {
    const file = join(cacheDir, '..', `not-a-folder-${String(process.pid)}`);
    await writeFile(file, '');
    await chmod(file, 0o444);
    expect(await answerWith(join(file, 'cache'))).to.deep.equal(expected);
    await rm(file);
  });

  it('are made once by replicas that start together', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'optimized-'));
    const answers = await Promise.all([answerWith(folder), answerWith(folder), answerWith(folder)]);
    const entries = await readdir(folder);
    await rm(folder, { recursive: true, force: true });
    for (const answer of answers) expect(answer).to.deep.equal(expected);
    expect(entries).to.have.length(1);
  });
});

async function overwriteMiddle(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0, bytes.length / 4, bytes.length / 2);
  await writeFile(file, bytes);
}
