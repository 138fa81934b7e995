import { expect } from 'chai';
import type { ServerFault } from '../../support/open-inference-server.ts';
import { catchError, expectSame, useOpenInferenceScene } from './open-inference-scene.ts';

describe('engine on an inference server', function () {
  this.timeout(20_000);
  const scene = useOpenInferenceScene();

  describe('that is well', () => {
    for (const hasBinaryExtension of [true, false]) {
      it(`gives what the in-process engine gives, ${hasBinaryExtension ? 'binary' : 'in JSON'}`, async () => {
        scene.server.hasBinaryExtension = hasBinaryExtension;
        const engine = await scene.openUp({ batchSize: 3 });
        const remote = await scene.runOnce(engine, 7);
        const inProcess = await scene.runInProcess(7);
        expect(scene.server.batches, 'two slices and the witness each').to.deep.equal([3, 3, 3, 2]);
        expectSame(remote, inProcess);
      });
    }

    it('is up only after it has reproduced the golden vectors', async () => {
      const engine = await scene.openUp();
      expect(engine.isReady()).to.equal(true);
      expect((await scene.runOnce(engine)).logits).to.have.length(6);
    });

    it('sends the headers it was given and the length of the JSON part', async () => {
      await scene.runOnce(await scene.openUp({ headers: { authorization: 'Bearer t' } }));
      expect(scene.server.requestHeaders[0]).to.include({
        authorization: 'Bearer t',
        'content-type': 'application/octet-stream',
      });
      expect(Number(scene.server.requestHeaders[0]?.['inference-header-content-length'])).to.be.greaterThan(50);
      expect(scene.server.requestHeaders[0], 'floats are not compressed').to.include({ 'accept-encoding': 'identity' });
    });
  });

  describe('that stumbles', () => {
    for (const fault of ['unavailable', 'retry-later', 'network-gone', 'cuts-connection'] satisfies ServerFault[]) {
      it(`is asked again after "${fault}"`, async () => {
        const engine = await scene.openUp();
        scene.server.faults = [fault, undefined];
        expect((await scene.runOnce(engine)).logits).to.have.length(6);
        expect(scene.server.batches).to.deep.equal([3, 3]);
      });
    }

    it('is given half the batch when it has no memory for all of it', async () => {
      const engine = await scene.openUp();
      scene.server.memoryForSlices = 3;
      const answer = await scene.runOnce(engine, 7);
      expect(scene.server.batches, 'each with the witness').to.deep.equal([8, 5, 3, 3, 4, 3, 2]);
      expectSame(answer, await scene.runInProcess(7));
    });

    it('is given half the batch after a 500 that gives no reason, and failed for good when a single slice gets one', async () => {
      const engine = await scene.openUp();
      scene.server.faults = ['unexplained-error'];
      expect((await scene.runOnce(engine, 3)).logits).to.have.length(9);
      expect(scene.server.batches).to.deep.equal([4, 3, 2]);
      scene.server.constantFault = 'unexplained-error';
      expect(await catchError(scene.runOnce(engine, 2))).to.include({ code: 'inference-failed', retryable: false });
    });

    it('is inference-unavailable when it has no memory for a single slice', async () => {
      const engine = await scene.openUp();
      scene.server.memoryForSlices = 0;
      expect(await catchError(scene.runOnce(engine, 2))).to.include({ code: 'inference-unavailable', retryable: true });
    });

    it('is inference-unavailable while the network is gone: the study waits for it', async () => {
      const engine = await scene.openUp({ attempts: 1 });
      scene.server.constantFault = 'network-gone';
      expect(await catchError(scene.runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
    });

    it('is not waited for longer than one call may take', async () => {
      const engine = await scene.openUp({ requestTimeoutMs: 1_500, attempts: 2 });
      scene.server.constantFault = 'never-answers';
      expect(await catchError(scene.runOnce(engine))).to.include({ code: 'inference-unavailable' });
      expect(scene.server.batches).to.have.length(2);
    });

    it('does not hold the caller beyond the deadline, while asking nor while pausing', async () => {
      const engine = await scene.openUp();
      for (const fault of ['never-answers', 'retry-later'] satisfies ServerFault[]) {
        scene.server.constantFault = fault;
        const error = await catchError(scene.runOnce(engine, 2, AbortSignal.timeout(60)));
        expect(error, fault).to.include({ code: 'deadline-exceeded', retryable: true });
      }
      expect(engine.isUp(), 'a caller in a hurry says nothing about the server').to.equal(true);
    });
  });

  describe('that lies', () => {
    const LIES: ServerFault[] = [
      'garbage',
      'wrong-shape',
      'wrong-type',
      'short-body',
      'endless-body',
      'not-a-number',
      'internal-error',
    ];
    for (const lie of LIES) {
      it(`is caught at "${lie}", without a second try`, async () => {
        const engine = await scene.openUp();
        scene.server.constantFault = lie;
        expect(await catchError(scene.runOnce(engine))).to.include({ code: 'inference-failed', retryable: false });
        expect(scene.server.batches).to.have.length(1);
      });
    }
  });
});
