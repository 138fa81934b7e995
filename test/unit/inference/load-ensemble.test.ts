import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadEnsemble } from '../../../src/inference/load-ensemble.ts';
import { copySmallModel, editContract, MODELS_DIR, SMALL_ENSEMBLE, SMALL_FOLDER } from './engine-fixture.ts';

type Json = Record<string, unknown>;

describe('loadEnsemble', () => {
  let copy: Awaited<ReturnType<typeof copySmallModel>>;
  let modelsDir: string;
  beforeEach(async () => {
    copy = await copySmallModel();
    modelsDir = copy.modelsDir;
  });
  afterEach(() => copy.remove());
  const load = (ensembleFile = SMALL_ENSEMBLE) =>
    loadEnsemble({ modelsDir, ensembleFile }).catch((error: unknown) => error);

  it('gives the contract as the other rooms know it', async () => {
    const { ensemble } = await loadEnsemble({ modelsDir: MODELS_DIR, ensembleFile: SMALL_ENSEMBLE });
    const [network] = ensemble.networks;
    expect(ensemble).to.include({ id: 'mobilenetv3-small-alone', version: '0.1.0' });
    expect(ensemble.digest).to.match(/^[0-9a-f]{64}$/);
    expect(network).to.include({ network: 'mobilenetv3_small_100', displayName: 'MobileNetV3Small' });
    expect(network?.targets.map(({ target }) => target)).to.deep.equal([
      'ich-present',
      'ich-after-evt',
      'poor-collaterals',
    ]);
    expect(network?.recipe.windows).to.have.length(3);
    expect(network?.camSize).to.deep.equal([7, 7]);
  });

  it('gives the same digest for the same files and another one when anything that decides changes', async () => {
    const digestOf = async () => (await loadEnsemble({ modelsDir, ensembleFile: SMALL_ENSEMBLE })).ensemble.digest;
    const before = await digestOf();
    expect(await digestOf()).to.equal(before);
    await editContract(modelsDir, (contract) => (contract['displayName'] = 'Another'));
    expect(await digestOf()).to.not.equal(before);
  });

  it('refuses a model file that is not the one of the contract', async () => {
    await appendFile(join(modelsDir, SMALL_FOLDER, 'model.onnx'), 'x');
    expect(await load()).to.have.property('code', 'model-digest-mismatch');
  });

  it('refuses a model file that is missing', async () => {
    await rm(join(modelsDir, SMALL_FOLDER, 'model.onnx'));
    expect(await load()).to.have.property('code', 'contract-invalid');
  });

  const SPOILT: readonly [string, RegExp, (contract: Json) => void][] = [
    ['an unknown evidence level', /evidenceLevel/, (contract) => set(contract, 'targets.0.evidenceLevel', 'excellent')],
    ['a missing calibration', /calibration/, (contract) => set(contract, 'targets.1.calibration', undefined)],
    [
      'a threshold beyond 1',
      /threshold\/probability/,
      (contract) => set(contract, 'targets.2.threshold.probability', 1.5),
    ],
    ['a word that the schema does not know', /additional/, (contract) => set(contract, 'input.mirror', true)],
    ['targets in another order', /targets are/, (contract) => (contract['targets'] as unknown[]).reverse()],
    ['a window without its mean', /means/, (contract) => set(contract, 'input.mean', [0.5])],
    ['another network', /is resnet/, (contract) => set(contract, 'network', 'resnet')],
    ['another version', /is mobilenetv3_small_100 9.9.9/, (contract) => set(contract, 'version', '9.9.9')],
    [
      'averaged neighbours of no weight',
      /neighbourWeight/,
      (contract) => set(contract, 'pooling', { rule: 'top-k-mean-of-neighbours', k: 3 }),
    ],
    [
      'a weight of neighbours that its rule does not know',
      /pooling/,
      (contract) => set(contract, 'pooling', { rule: 'top-k-mean', k: 3, neighbourWeight: 0.25 }),
    ],
    [
      'a band that ends before it begins',
      /band/,
      (contract) => set(contract, 'targets.0.abstentionBand', { lower: 0.6, upper: 0.4 }),
    ],
    [
      'scores without the truth of every case',
      /2 scores, but the truth of 1/,
      (contract) =>
        set(contract, 'targets.1.scores', { validation: 'held-out', data: '', probabilities: [0.1, 0.2], truth: [1] }),
    ],
    [
      'scores without the fold of every case',
      /2 scores, but the folds of 1/,
      (contract) =>
        set(contract, 'targets.1.scores', {
          validation: 'held-out',
          data: '',
          probabilities: [0.1, 0.2],
          truth: [1, 0],
          cases: { deal: '0011223344556677', folds: [0] },
        }),
    ],
    [
      'isotonic tables of different length',
      /different length/,
      (contract) =>
        set(contract, 'targets.0.calibration', {
          method: 'isotonic',
          logits: [0, 1, 2],
          probabilities: [0, 1],
          data: '',
        }),
    ],
    [
      'an isotonic table that descends',
      /ascend/,
      (contract) =>
        set(contract, 'targets.0.calibration', { method: 'isotonic', logits: [0, 1], probabilities: [1, 0], data: '' }),
    ],
  ];
  it('hands on the rule by which slices become a study', async () => {
    const pooling = { rule: 'top-k-mean-of-neighbours', k: 2, neighbourWeight: 0.25 };
    await editContract(modelsDir, (contract) => set(contract, 'pooling', pooling));
    const { ensemble } = await loadEnsemble({ modelsDir, ensembleFile: SMALL_ENSEMBLE });
    expect(ensemble.networks[0]!.pooling).to.deep.equal(pooling);
  });

  it('hands on the validation scores where the contract has them', async () => {
    const cases = { deal: '0011223344556677', folds: [0, 2] };
    const scores = { validation: 'held-out', data: 'made up', probabilities: [0.2, 0.4], truth: [0, 1], cases };
    await editContract(modelsDir, (contract) => set(contract, 'targets.0.scores', scores));
    const { ensemble } = await loadEnsemble({ modelsDir, ensembleFile: SMALL_ENSEMBLE });
    expect(ensemble.networks[0]!.targets.map((target) => target.scores)).to.deep.equal([scores, undefined, undefined]);
  });

  for (const [what, message, spoil] of SPOILT) {
    it(`refuses a contract with ${what}`, async () => {
      await editContract(modelsDir, (contract) => spoil(contract));
      const error = await load();
      expect(error).to.have.property('code', 'contract-invalid');
      expect(error).to.have.property('message').that.matches(message).and.contains('contract.json');
    });
  }

  it('refuses a contract that is not JSON', async () => {
    await writeFile(join(modelsDir, SMALL_FOLDER, 'contract.json'), '{');
    expect(await load()).to.have.property('code', 'contract-invalid');
  });

  it('refuses an ensemble that names no network, a path, or an unknown rule', async () => {
    const file = join(modelsDir, 'ensemble.json');
    const good = {
      id: 'a',
      version: '1.0.0',
      networks: [],
      combination: { rule: 'mean-logit', maximumDisagreement: 1 },
    };
    const networks = [{ network: '../secret', version: '1.0.0' }];
    const rule = { rule: 'best-of', maximumDisagreement: 1 };
    for (const content of [good, { ...good, networks }, { ...good, combination: rule }, []]) {
      await writeFile(file, JSON.stringify(content));
      expect(await load(file)).to.have.property('code', 'contract-invalid');
    }
  });

  it('accepts a changed model when its contract says so', async () => {
    const bytes = Buffer.from('not a network');
    await writeFile(join(modelsDir, SMALL_FOLDER, 'model.onnx'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await editContract(modelsDir, (contract) => set(contract, 'model.sha256', sha256));
    const { ensemble } = await loadEnsemble({ modelsDir, ensembleFile: SMALL_ENSEMBLE });
    expect(ensemble.networks[0]?.digest).to.equal(sha256);
  });
});

function set(target: Json, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  const parent = names.reduce<Json>((node, name) => node[name] as Json, target);
  parent[last] = value;
}
