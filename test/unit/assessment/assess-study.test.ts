import { expect } from 'chai';
import { createStudyAssessor, type StudyAssessorParts } from '../../../src/assessment/assess-study.ts';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { CtLoadResult, HeldSeries } from '../../../src/assessment/domain/ct-study.ts';
import type { EvidenceLevel } from '../../../src/assessment/domain/evidence-level.ts';
import type { AssessmentEvidence, StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { NetworkInput } from '../../../src/assessment/domain/ports.ts';
import type { Abstention } from '../../../src/assessment/domain/abstention.ts';
import { Fault } from '../../../src/errors.ts';
import {
  INPUT,
  makeEngine,
  makeEnsemble,
  makeLoadedCt,
  makeNetwork,
  REPORT,
  STUDY,
} from '../../support/assessment-parts.ts';

const signal = new AbortController().signal;
const HELD: readonly HeldSeries[] = [{ seriesInstanceUid: '2.25.2002', instances: 10, digest: 'a'.repeat(64) }];

function setUp(ct: CtLoadResult, input: NetworkInput | Abstention = INPUT, levels?: readonly EvidenceLevel[]) {
  const recorded: StudyAssessment[] = [];
  const evidence: AssessmentEvidence[] = [];
  const engine = makeEngine(makeEnsemble([makeNetwork('a', levels), makeNetwork('b', levels)]), {
    a: [2, 3, 1],
    b: [2, 3, 1],
  });
  const parts: StudyAssessorParts = {
    ctSource: { loadHeadCt: () => Promise.resolve(ct) },
    listHeldSeries: () => Promise.resolve(HELD),
    tensorMaker: { makeInput: () => Promise.resolve(input) },
    engine,
    evidence: { save: async (item) => void evidence.push(item), find: () => Promise.resolve(undefined) },
    record: async (assessment) => void recorded.push(assessment),
    minimumEvidence: 'research',
    now: () => new Date('2026-11-23T09:00:00Z'),
  };
  return { assess: createStudyAssessor(parts), parts, recorded, evidence, engine };
}

describe('assess-study', () => {
  it('records three findings, the digests and the CT report of a usable CT', async () => {
    const { assess, recorded, evidence, engine } = setUp(makeLoadedCt());
    const assessment = await assess(STUDY, { signal });
    expect(recorded).to.deep.equal([assessment]);
    expect(assessment.findings.map((finding) => [finding.target, finding.kind])).to.deep.equal([
      ['ich-present', 'estimate'],
      ['ich-after-evt', 'abstained'],
      ['poor-collaterals', 'abstained'],
    ]);
    expect([assessment.inputDigest, assessment.seriesInstanceUid, engine.runs]).to.deep.equal([
      'd'.repeat(64),
      '2.25.2002',
      2,
    ]);
    expect(evidence[0]?.key).to.equal(assessment.key);
  });

  it('records no forecast where hemorrhage is called on the CT, however good its evidence', async () => {
    const { assess, recorded } = setUp(makeLoadedCt(), INPUT, ['research', 'research', 'research']);
    await assess(STUDY, { signal });
    const [present, ...forecasts] = recorded[0]!.findings;
    expect(present).to.include({ kind: 'estimate', call: 'positive' });
    for (const forecast of forecasts) {
      expect(forecast).to.include({ kind: 'abstained', reason: 'hemorrhage-present', evidenceLevel: 'research' });
    }
  });

  it('records an unusable CT as three abstentions without running a network', async () => {
    const refusal = {
      kind: 'refused',
      abstention: abstain('contrast-enhanced', 'Contrast agent named.'),
      report: REPORT,
    } as const;
    const { assess, recorded, engine } = setUp(refusal);
    await assess(STUDY, { signal });
    expect(recorded[0]?.findings.map((finding) => finding.kind === 'abstained' && finding.reason)).to.deep.equal(
      Array<string>(3).fill('contrast-enhanced'),
    );
    expect(engine.runs).to.equal(0);
  });

  it('records a volume without brain slices as an abstention', async () => {
    const { assess, recorded } = setUp(makeLoadedCt(), abstain('partial-brain', 'No slice shows enough brain.'));
    await assess(STUDY, { signal });
    expect(recorded[0]?.findings[0]).to.deep.include({ kind: 'abstained', reason: 'partial-brain' });
  });

  it('records what the archive held before the first image was read: an image in between is asked for, never passed over', async () => {
    const order: string[] = [];
    const { parts, recorded } = setUp(makeLoadedCt());
    const assess = createStudyAssessor({
      ...parts,
      listHeldSeries: async () => {
        await Promise.resolve();
        order.push('listed');
        return HELD;
      },
      ctSource: { loadHeadCt: async () => (order.push('read'), makeLoadedCt()) },
    });
    await assess(STUDY, { signal });
    expect(order).to.deep.equal(['listed', 'read']);
    expect(recorded[0]).to.deep.include({ heldSeries: HELD });
  });

  it('is not kept from assessing by an archive that does not say what it holds', async () => {
    const { parts, recorded } = setUp(makeLoadedCt());
    await createStudyAssessor({ ...parts, listHeldSeries: () => Promise.resolve(undefined) })(STUDY, { signal });
    expect(recorded[0])
      .to.include({ inputDigest: 'd'.repeat(64) })
      .and.not.have.property('heldSeries');
  });

  it('gives the same key for the same study, networks and evidence rule', async () => {
    const [first, second] = [setUp(makeLoadedCt()), setUp(makeLoadedCt())];
    expect((await first.assess(STUDY, { signal })).key).to.equal((await second.assess(STUDY, { signal })).key);
  });

  it('lets a fault of the PACS through for the queue to judge', async () => {
    const { assess, recorded } = setUp(makeLoadedCt());
    const failing = createStudyAssessor({
      ctSource: { loadHeadCt: () => Promise.reject(new Fault('pacs-unavailable', 'no answer', { retryable: true })) },
      listHeldSeries: () => Promise.resolve(HELD),
      tensorMaker: { makeInput: () => Promise.resolve(INPUT) },
      engine: makeEngine(makeEnsemble([makeNetwork('a')]), {}),
      evidence: { save: () => Promise.resolve(), find: () => Promise.resolve(undefined) },
      record: async (assessment) => void recorded.push(assessment),
      minimumEvidence: 'research',
      now: () => new Date(),
    });
    const failure = await failing(STUDY, { signal }).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'pacs-unavailable');
    expect(recorded).to.deep.equal([]);
    expect(assess).to.be.a('function');
  });

  it('scales activation maps to their strongest cell and cuts them at zero', async () => {
    const { assess, evidence } = setUp(makeLoadedCt());
    await assess(STUDY, { signal });
    const cells = evidence[0]!.networks[0]!.cams.flat(2);
    expect(Math.max(...cells)).to.equal(1);
    expect(Math.min(...cells)).to.equal(0);
  });
});
