import { expect } from 'chai';
import { pino } from 'pino';
import { makeNetworkInput } from '../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../src/inference/golden-check.ts';
import { loadEnsemble } from '../../src/inference/load-ensemble.ts';
import { createOnnxEngine } from '../../src/inference/onnx-engine.ts';

const ENSEMBLE = { modelsDir: 'models', ensembleFile: 'models/ensemble.json' };

describe('the two networks of the service', function () {
  this.timeout(120_000);

  it('load in one process and reproduce their golden vectors one after the other', async () => {
    const errors: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
    const environment = { ORT_DISABLE_TELEMETRY: '1' };
    const { models } = await loadEnsemble(ENSEMBLE);
    const engine = await createOnnxEngine({ ...ENSEMBLE, threads: 2, logger, environment });
    await engine.whenReady();
    const names: string[] = [];
    for (const model of models) {
      const deviations = await checkGolden(model, engine, makeNetworkInput);
      expect(deviations).to.have.length.greaterThan(1);
      names.push(model.contract.network);
    }
    await engine.close();
    expect(names).to.deep.equal(['inception_v4', 'legacy_seresnet101']);
    expect(errors, 'nothing logged at error level').to.deep.equal([]);
  });
});
