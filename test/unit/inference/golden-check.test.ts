import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeNetworkInput } from '../../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../../src/inference/golden-check.ts';
import { loadEnsemble } from '../../../src/inference/load-ensemble.ts';
import type { OnnxEngine } from '../../../src/inference/onnx-engine.ts';
import { copySmallModel, editContract, openSmallEngine, SMALL_ENSEMBLE, SMALL_FOLDER } from './engine-fixture.ts';

interface Golden {
  modelSha256: string;
  cases: {
    logits: number[][];
    cam: { firstSlice: number[] };
    square: { top: number };
    volume: { sha256: string };
    tensor: { samples: number[][] };
  }[];
}

describe('golden vectors of the small network', function () {
  this.timeout(60_000);
  let engine: OnnxEngine;
  let copy: Awaited<ReturnType<typeof copySmallModel>>;
  before(async () => {
    engine = await openSmallEngine();
    copy = await copySmallModel();
  });
  after(async () => {
    await engine.close();
    await copy.remove();
  });
  const allowInContract = (tolerance: object) =>
    editContract(copy.modelsDir, (contract) => Object.assign(contract['golden'] as object, { tolerance }));
  const check = async (makeInput = makeNetworkInput) => {
    const { models } = await loadEnsemble({ modelsDir: copy.modelsDir, ensembleFile: SMALL_ENSEMBLE });
    return checkGolden(models[0]!, engine, makeInput);
  };

  it('are reproduced from HU to logits and maps by recipe and engine, far inside the tolerance', async () => {
    const deviations = await check();
    expect(deviations.map((deviation) => deviation.case)).to.deep.equal(['centred', 'offset']);
    for (const { tensor, logits, camShare } of deviations) {
      expect(tensor).to.be.lessThan(1e-4);
      expect(logits).to.be.lessThan(5e-4);
      expect(camShare).to.be.lessThan(1e-3);
    }
  });

  const SPOILT: readonly [string, RegExp, (golden: Golden) => unknown][] = [
    ['a logit beyond the tolerance', /deviates/, (golden) => (golden.cases[0]!.logits[0]![0]! += 0.01)],
    ['a tensor value beyond the tolerance', /deviates/, (golden) => (golden.cases[1]!.tensor.samples[0]![1]! += 0.01)],
    ['another square', /square/, (golden) => (golden.cases[0]!.square.top += 1)],
    ['another volume', /volume changed/, (golden) => (golden.cases[0]!.volume.sha256 = '0'.repeat(64))],
    ['another model', /another model/, (golden) => (golden.modelSha256 = '0'.repeat(64))],
  ];
  for (const [what, message, spoil] of SPOILT) {
    it(`fail for ${what}`, async () => {
      const file = join(copy.modelsDir, SMALL_FOLDER, 'golden/golden.json');
      const good = await readFile(file, 'utf8');
      const golden = JSON.parse(good) as Golden;
      spoil(golden);
      await writeFile(file, JSON.stringify(golden));
      const error = await check().catch((caught: unknown) => caught);
      await writeFile(file, good);
      expect(error).to.have.property('code', 'contract-invalid');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('allow as much as the contract says of an int8 file, whose steps fall differently on other CPUs', async () => {
    const file = join(copy.modelsDir, SMALL_FOLDER, 'golden/golden.json');
    const good = await readFile(file, 'utf8');
    const golden = JSON.parse(good) as Golden;
    const map = golden.cases[0]!.cam.firstSlice;
    map[0]! += 0.03 * Math.max(...map.map(Math.abs));
    golden.cases[0]!.logits[0]![0]! += 0.05;
    await writeFile(file, JSON.stringify(golden));
    const strict = await check().catch((caught: unknown) => caught);
    await allowInContract({ tensor: 1e-3, logits: 0.1, camShare: 0.05 });
    const wide = await check();
    await writeFile(file, good);
    await allowInContract({ tensor: 1e-3, logits: 2e-3 });
    expect(strict).to.have.property('code', 'contract-invalid');
    expect(wide[0]!.logits).to.be.closeTo(0.05, 1e-3);
    expect(wide[0]!.camShare).to.be.closeTo(0.03, 2e-3);
  });

  it('fail for a recipe that resizes in another way', async () => {
    const shifted: typeof makeNetworkInput = (stack, recipe) => {
      const input = makeNetworkInput(stack, recipe);
      return 'kind' in input ? input : { ...input, pixels: input.pixels.map((value) => value * 1.01) };
    };
    const error = await check(shifted).catch((caught: unknown) => caught);
    expect(error)
      .to.have.property('message')
      .that.matches(/deviates/);
  });
});
