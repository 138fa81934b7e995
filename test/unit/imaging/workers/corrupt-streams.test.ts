import { expect } from 'chai';
import { createImagingWorkers, type WorkerPool } from '../../../../src/imaging/imaging-workers.ts';
import { readInstanceFacts } from '../../../../src/imaging/decode/instance-facts.ts';
import { readPart10 } from '../../../../src/imaging/decode/part10-reader.ts';
import { GEOMETRY_LIMITS } from '../../../../src/imaging/volume/geometry-limits.ts';
import { createSharedVolume } from '../../../../src/imaging/volume/shared-volume.ts';
import { planVolume } from '../../../../src/imaging/volume/volume-plan.ts';
import { prepareCodecs } from '../../../../src/phantom/dicom/part10.ts';
import { rampPixels, writeSmallSlice } from '../../../support/imaging-files.ts';

const { signal } = new AbortController();
const limits = { maximumInflatedBytes: 1 << 20 };

/** Real codecs in real threads: a corrupt JPEG-LS stream leaves its codec unusable, so the thread must go. */
describe('imaging/workers with corrupt streams', function () {
  this.timeout(60_000);
  let workers: WorkerPool;
  let good: Uint8Array;

  before(async () => {
    await prepareCodecs();
    good = writeSmallSlice({ syntax: 'jpeg-ls' });
    workers = createImagingWorkers({ size: 1 });
  });
  after(() => workers.close());

  async function decode(bytes: Uint8Array): Promise<{ outcome: unknown; hu: Int16Array }> {
    const facts = readInstanceFacts(readPart10(good, limits).dataset);
    const plan = planVolume([facts], GEOMETRY_LIMITS);
    if ('kind' in plan) throw new Error(plan.detail);
    const volume = createSharedVolume(plan);
    const expected = { ...facts, frames: plan.frames.get(facts.sopInstanceUid) ?? [] };
    const request = { bytes: Uint8Array.from(bytes), expected, transform: plan.transform, volume, ...limits };
    const outcome: unknown = await workers.run('decode-instance', request, { signal }).catch((error: unknown) => error);
    return { outcome, hu: new Int16Array(volume.hu) };
  }

  /** Entropy-coded bytes gone from the middle, framing and end marker whole. */
  function breakStream(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const end = Buffer.from(copy.buffer).lastIndexOf(Uint8Array.of(0xff, 0xd9));
    return copy.fill(0, end - 120, end);
  }

  it('decodes a good file exactly after ten broken ones, each of which cost its thread', async () => {
    for (let broken = 0; broken < 10; broken++) {
      const { outcome } = await decode(breakStream(good));
      expect(outcome).to.have.property('code', 'codec-failed');
    }
    expect(workers.startedWorkers).to.equal(10);
    const { outcome, hu } = await decode(good);
    expect(outcome).to.have.property('kind', 'decoded');
    expect(hu).to.deep.equal(rampPixels(16));
  });
});
