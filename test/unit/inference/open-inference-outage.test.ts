import { expect } from 'chai';
import { Fault } from '../../../src/errors.ts';
import { openSmallEngine } from './engine-fixture.ts';
import { catchError, useOpenInferenceScene } from './open-inference-scene.ts';

describe('engine on an inference server: outage', function () {
  this.timeout(20_000);
  const scene = useOpenInferenceScene();

  describe('that goes down', () => {
    it('is left alone after a few failures and gets studies again once it has proven itself', async () => {
      const engine = await scene.openUp({ failuresToOpen: 2, attempts: 1, cooldownMs: 100 });
      await scene.server.stop();
      for (let failure = 0; failure < 2; failure += 1) await catchError(scene.runOnce(engine));
      expect(engine.isUp()).to.equal(false);
      const refused = await catchError(scene.runOnce(engine));
      expect(refused).to.have.property('message', 'The inference server is down');
      expect(refused).to.have.property('retryAfterMs').that.is.greaterThan(0);
      await scene.server.start();
      await engine.whenUp();
      expect((await scene.runOnce(engine)).logits).to.have.length(6);
    });

    it('is stood in for by the engine the site chose, and ready all the time', async () => {
      const fallback = await openSmallEngine();
      await fallback.whenReady();
      const engine = await scene.openUp({ attempts: 1, fallback });
      await scene.server.stop();
      expect((await scene.runOnce(engine)).logits).to.have.length(6);
      expect(engine.isReady()).to.equal(true);
    });

    it('is not given up for a fall-back that is broken: the study can be tried again', async () => {
      const broken = await openSmallEngine({
        verifyModel: () => Promise.reject(new Fault('contract-invalid', 'deviates')),
      });
      const engine = await scene.openUp({ attempts: 1, fallback: broken });
      await scene.server.stop();
      expect(await catchError(scene.runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      expect(engine.isReady(), 'while the server counts as up').to.equal(true);
    });

    it('leaves nothing running when the engine is closed while it is down', async () => {
      await scene.server.stop();
      const engine = await scene.open();
      await engine.close();
      expect(engine.isReady()).to.equal(false);
    });
  });
});
