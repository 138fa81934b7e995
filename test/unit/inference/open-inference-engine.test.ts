import { expect } from 'chai';
import { pino } from 'pino';
import type { NetworkContract } from '../../../src/assessment/domain/model-contract.ts';
import type { NetworkAnswer } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { makeNetworkInput } from '../../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../../src/inference/golden-check.ts';
import { createOpenInferenceEngine } from '../../../src/inference/open-inference-engine.ts';
import type { OpenInferenceEngine, OpenInferenceEngineOptions } from '../../../src/inference/open-inference-engine.ts';
import type { OnnxEngine } from '../../../src/inference/onnx-engine.ts';
import { startOpenInferenceServer } from '../../support/open-inference-server.ts';
import type { OpenInferenceServer, ServerFault } from '../../support/open-inference-server.ts';
import { makeInput, MODELS_DIR, openSmallEngine, SMALL_ENSEMBLE, toleranceOf } from './engine-fixture.ts';

const forever = new AbortController().signal;
const catchError = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

/** The logits and maps of one run, and of no other slice. */
function expectSame(found: NetworkAnswer, expected: NetworkAnswer): void {
  for (const [values, wanted] of [[found.logits, expected.logits] as const, [found.cams, expected.cams] as const]) {
    expect(values.length).to.equal(wanted.length);
    values.forEach((value, index) => expect(value).to.be.closeTo(wanted[index]!, toleranceOf(value)));
  }
}

describe('engine on an inference server', function () {
  this.timeout(20_000);
  let local: OnnxEngine;
  let server: OpenInferenceServer;
  const opened: OpenInferenceEngine[] = [];
  before(async () => (local = await openSmallEngine()));
  beforeEach(async () => (server = await startOpenInferenceServer(local)));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((engine) => engine.close()));
    await server.stop();
  });
  after(() => local.close());

  const open = async (options: Partial<OpenInferenceEngineOptions> = {}): Promise<OpenInferenceEngine> => {
    const engine = await createOpenInferenceEngine({
      baseUrl: server.baseUrl,
      modelsDir: MODELS_DIR,
      ensembleFile: SMALL_ENSEMBLE,
      logger: pino({ level: 'silent' }),
      verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
      cooldownMs: 30,
      random: () => 0,
      ...options,
    });
    opened.push(engine);
    return engine;
  };
  const openUp = async (options: Partial<OpenInferenceEngineOptions> = {}): Promise<OpenInferenceEngine> => {
    const engine = await open(options);
    await engine.whenUp();
    server.batches.length = 0;
    return engine;
  };
  const network = (): NetworkContract => local.ensemble.networks[0]!;
  const runOnce = (engine: OpenInferenceEngine, slices = 2, signal = forever) =>
    engine.run(network(), makeInput(network(), slices), { signal });

  describe('that is well', () => {
    for (const hasBinaryExtension of [true, false]) {
      it(`gives what the in-process engine gives, ${hasBinaryExtension ? 'binary' : 'in JSON'}`, async () => {
        server.hasBinaryExtension = hasBinaryExtension;
        const engine = await openUp({ batchSize: 3 });
        const remote = await runOnce(engine, 7);
        const inProcess = await local.run(network(), makeInput(network(), 7), { signal: forever });
        expect(server.batches, 'two slices and the witness each').to.deep.equal([3, 3, 3, 2]);
        expectSame(remote, inProcess);
      });
    }

    it('is up only after it has reproduced the golden vectors', async () => {
      const engine = await openUp();
      expect(engine.isReady()).to.equal(true);
      expect((await runOnce(engine)).logits).to.have.length(6);
    });

    it('sends the headers it was given and the length of the JSON part', async () => {
      await runOnce(await openUp({ headers: { authorization: 'Bearer t' } }));
      expect(server.requestHeaders[0]).to.include({
        authorization: 'Bearer t',
        'content-type': 'application/octet-stream',
      });
      expect(Number(server.requestHeaders[0]?.['inference-header-content-length'])).to.be.greaterThan(50);
    });
  });

  describe('that must prove itself first', () => {
    const UNFIT: readonly [string, () => void][] = [
      ['is not ready', () => (server.isReady = false)],
      ['reports another shape', () => (server.reportedInputShape = [-1, 3, 999, 999])],
      ['serves other weights', () => (server.constantFault = 'other-weights')],
    ];
    it('gets no study while it has memory for one slice and none for the witness', async () => {
      server.memoryForSlices = 1;
      const engine = await open();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(engine.isReady()).to.equal(false);
      server.memoryForSlices = 2;
      await engine.whenUp();
    });

    it('gets no study when the proof sent it nothing', async () => {
      const engine = await open({ verifyModel: () => Promise.resolve() });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(engine.isReady()).to.equal(false);
      expect(((await catchError(runOnce(engine))) as Fault).cause).to.include({ code: 'contract-invalid' });
    });

    for (const [what, spoil] of UNFIT) {
      it(`gets no study while it ${what}, and is taken up when that is mended`, async () => {
        spoil();
        const engine = await open();
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(engine.isReady()).to.equal(false);
        expect(await catchError(runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
        Object.assign(server, { isReady: true, reportedInputShape: undefined, constantFault: undefined });
        await engine.whenUp();
        expect((await runOnce(engine)).logits).to.have.length(6);
      });
    }
  });

  describe('that stumbles', () => {
    for (const fault of ['unavailable', 'retry-later', 'cuts-connection'] satisfies ServerFault[]) {
      it(`is asked again after "${fault}"`, async () => {
        const engine = await openUp();
        server.faults = [fault, undefined];
        expect((await runOnce(engine)).logits).to.have.length(6);
        expect(server.batches).to.deep.equal([3, 3]);
      });
    }

    it('is given half the batch when it has no memory for all of it', async () => {
      const engine = await openUp();
      server.memoryForSlices = 3;
      const answer = await runOnce(engine, 7);
      expect(server.batches, 'each with the witness').to.deep.equal([8, 5, 3, 3, 4, 3, 2]);
      expectSame(answer, await local.run(network(), makeInput(network(), 7), { signal: forever }));
    });

    it('is given half the batch after a 500 that gives no reason, and failed for good when a single slice gets one', async () => {
      const engine = await openUp();
      server.faults = ['unexplained-error'];
      expect((await runOnce(engine, 3)).logits).to.have.length(9);
      expect(server.batches).to.deep.equal([4, 3, 2]);
      server.constantFault = 'unexplained-error';
      expect(await catchError(runOnce(engine, 2))).to.include({ code: 'inference-failed', retryable: false });
    });

    it('is inference-unavailable when it has no memory for a single slice', async () => {
      const engine = await openUp();
      server.memoryForSlices = 0;
      expect(await catchError(runOnce(engine, 2))).to.include({ code: 'inference-unavailable', retryable: true });
    });

    it('is not waited for longer than one call may take', async () => {
      const engine = await openUp({ requestTimeoutMs: 100, attempts: 2 });
      server.constantFault = 'never-answers';
      expect(await catchError(runOnce(engine))).to.include({ code: 'inference-unavailable' });
      expect(server.batches).to.have.length(2);
    });

    it('does not hold the caller beyond the deadline, while asking nor while pausing', async () => {
      const engine = await openUp();
      for (const fault of ['never-answers', 'retry-later'] satisfies ServerFault[]) {
        server.constantFault = fault;
        const error = await catchError(runOnce(engine, 2, AbortSignal.timeout(60)));
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
        const engine = await openUp();
        server.constantFault = lie;
        expect(await catchError(runOnce(engine))).to.include({ code: 'inference-failed', retryable: false });
        expect(server.batches).to.have.length(1);
      });
    }
  });

  describe('that changes its weights without going down', () => {
    it('is found out by the first batch, gets nothing more, and is used again when it serves ours', async () => {
      const engine = await openUp();
      expect((await runOnce(engine)).logits).to.have.length(6);
      expect(server.batches, 'two slices and the witness').to.deep.equal([3]);
      server.constantFault = 'other-weights';
      expect(await catchError(runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      expect(engine.isUp()).to.equal(false);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(engine.isUp()).to.equal(false);
      server.constantFault = undefined;
      await engine.whenUp();
      expect((await runOnce(engine)).logits).to.have.length(6);
    });

    it('in the middle of a study: no answer is put together from two networks', async () => {
      const engine = await openUp({ batchSize: 3 });
      server.faults = [undefined, 'other-weights'];
      expect(await catchError(runOnce(engine, 4))).to.include({ code: 'inference-unavailable' });
    });

    it('the fall-back answers that study', async () => {
      const fallback = await openSmallEngine();
      const engine = await openUp({ fallback });
      server.constantFault = 'other-weights';
      const expected = await local.run(network(), makeInput(network(), 2), { signal: forever });
      const answer = await runOnce(engine);
      expectSame(answer, expected);
    });

    it('is asked ever less while it proves itself and fails the next study again', async () => {
      const engine = await openUp({ cooldownMs: 20 });
      const pauses: number[] = [];
      server.constantFault = 'other-weights';
      for (let study = 0; study < 3; study += 1) {
        await catchError(runOnce(engine));
        pauses.push(((await catchError(runOnce(engine))) as Fault).retryAfterMs ?? 0);
        server.constantFault = undefined;
        await engine.whenUp();
        server.constantFault = 'other-weights';
      }
      expect(pauses[2]).to.be.greaterThan(pauses[1]!).and.greaterThan(pauses[0]!);
    });
  });

  describe('that goes down', () => {
    it('is left alone after a few failures and gets studies again once it has proven itself', async () => {
      const engine = await openUp({ failuresToOpen: 2, attempts: 1, cooldownMs: 100 });
      await server.stop();
      for (let failure = 0; failure < 2; failure += 1) await catchError(runOnce(engine));
      expect(engine.isUp()).to.equal(false);
      const refused = await catchError(runOnce(engine));
      expect(refused).to.have.property('message', 'The inference server is down');
      expect(refused).to.have.property('retryAfterMs').that.is.greaterThan(0);
      await server.start();
      await engine.whenUp();
      expect((await runOnce(engine)).logits).to.have.length(6);
    });

    it('is stood in for by the engine the site chose, and ready all the time', async () => {
      const fallback = await openSmallEngine();
      await fallback.whenReady();
      const engine = await openUp({ attempts: 1, fallback });
      await server.stop();
      expect((await runOnce(engine)).logits).to.have.length(6);
      expect(engine.isReady()).to.equal(true);
    });

    it('is not given up for a fall-back that is broken: the study can be tried again', async () => {
      const broken = await openSmallEngine({
        verifyModel: () => Promise.reject(new Fault('contract-invalid', 'deviates')),
      });
      const engine = await openUp({ attempts: 1, fallback: broken });
      await server.stop();
      expect(await catchError(runOnce(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      expect(engine.isReady(), 'while the server counts as up').to.equal(true);
    });

    it('leaves nothing running when the engine is closed while it is down', async () => {
      await server.stop();
      const engine = await open();
      await engine.close();
      expect(engine.isReady()).to.equal(false);
    });
  });
});
