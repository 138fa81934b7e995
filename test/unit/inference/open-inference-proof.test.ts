import { expect } from 'chai';
import type { Fault } from '../../../src/errors.ts';
import { openSmallEngine } from './engine-fixture.ts';
import { catchError, expectSame, useOpenInferenceScene } from './open-inference-scene.ts';

describe('engine on an inference server: proof of its weights', function () {
  this.timeout(20_000);
  const scene = useOpenInferenceScene();

  describe('that must prove itself first', () => {
    const UNFIT: readonly [string, string, () => void][] = [
      ['is not ready', 'inference-unavailable', () => (scene.server.isReady = false)],
      ['reports another shape', 'contract-invalid', () => (scene.server.reportedInputShape = [-1, 3, 999, 999])],
      ['serves other weights', 'contract-invalid', () => (scene.server.constantFault = 'other-weights')],
    ];
    it('gets no study while it has memory for one slice and none for the witness', async () => {
      scene.server.memoryForSlices = 1;
      const engine = await scene.open();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(engine.isReady()).to.equal(false);
      scene.server.memoryForSlices = 2;
      await engine.whenUp();
    });

    it('gets no study when the proof sent it nothing', async () => {
      const engine = await scene.open({ verifyModel: () => Promise.resolve() });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(engine.isReady()).to.equal(false);
      expect(((await catchError(scene.runOnce(engine))) as Fault).cause).to.include({ code: 'contract-invalid' });
    });

    for (const [what, code, spoil] of UNFIT) {
      it(`gets no study while it ${what}, and is taken up when that is mended`, async () => {
        spoil();
        const engine = await scene.open();
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(engine.isReady()).to.equal(false);
        let fault: Fault;
        do {
          await new Promise((resolve) => setTimeout(resolve, 50));
          fault = (await catchError(scene.runOnce(engine))) as Fault;
        } while (fault.cause === undefined);
        expect(fault).to.include({ code: 'inference-unavailable', retryable: true });
        expect(fault.cause).to.include({ code });
        Object.assign(scene.server, { isReady: true, reportedInputShape: undefined, constantFault: undefined });
        await engine.whenUp();
        expect((await scene.runOnce(engine)).logits).to.have.length(6);
      });
    }
  });

  describe('that changes its weights without going down', () => {
    it('is found out by the first batch, gets nothing more, and is used again when it serves ours', async () => {
      const engine = await scene.openUp();
      expect((await scene.runOnce(engine)).logits).to.have.length(6);
      expect(scene.server.batches, 'two slices and the witness').to.deep.equal([3]);
      scene.server.constantFault = 'other-weights';
      expect(await catchError(scene.runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      expect(engine.isUp()).to.equal(false);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(engine.isUp()).to.equal(false);
      scene.server.constantFault = undefined;
      await engine.whenUp();
      expect((await scene.runOnce(engine)).logits).to.have.length(6);
    });

    it('in the middle of a study: no answer is put together from two networks', async () => {
      const engine = await scene.openUp({ batchSize: 3 });
      scene.server.faults = [undefined, 'other-weights'];
      expect(await catchError(scene.runOnce(engine, 4))).to.include({ code: 'inference-unavailable' });
    });

    it('the fall-back answers that study', async () => {
      const fallback = await openSmallEngine();
      const engine = await scene.openUp({ fallback });
      scene.server.constantFault = 'other-weights';
      const expected = await scene.runInProcess(2);
      const answer = await scene.runOnce(engine);
      expectSame(answer, expected);
    });

    it('is asked ever less while it proves itself and fails the next study again', async () => {
      const engine = await scene.openUp({ cooldownMs: 20 });
      const pauses: number[] = [];
      scene.server.constantFault = 'other-weights';
      for (let study = 0; study < 3; study += 1) {
        await catchError(scene.runOnce(engine));
        pauses.push(((await catchError(scene.runOnce(engine))) as Fault).retryAfterMs ?? 0);
        scene.server.constantFault = undefined;
        await engine.whenUp();
        scene.server.constantFault = 'other-weights';
      }
      expect(pauses[2]).to.be.greaterThan(pauses[1]!).and.greaterThan(pauses[0]!);
    });
  });
});
