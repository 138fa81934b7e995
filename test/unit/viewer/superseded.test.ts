/** The page of an assessment that a newer one supersedes, because images came after it (ADR 0007). */
import { expect } from 'chai';
import { pino } from 'pino';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY, type ScriptedViewer } from '../../support/scripted-viewer.ts';

describe('evidence of a superseded assessment', () => {
  let viewer: ScriptedViewer;
  before(async () => {
    viewer = await createScriptedViewer({ logger: pino({ level: 'silent' }), matrix: 128, sliceCount: 12 });
  });
  after(() => viewer.close());

  async function readResult(findCurrent: (own: StudyAssessment) => Promise<StudyAssessment | undefined>) {
    const own = viewer.state.assessment!;
    viewer.state.findCurrent = () => findCurrent(own);
    const url = viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: own.patientId });
    const response = await fetch(url.replace('?', '/result?'));
    return (await response.json()) as Record<string, unknown>;
  }

  it('says so, with the time of the newer one, and still shows what was said', async () => {
    const assessedAt = '2026-11-23T12:00:00.000Z';
    const result = await readResult(async (own) => ({ ...own, key: 'cd'.repeat(32), assessedAt }));
    expect(result).to.include({ kind: 'ready', key: VIEWER_KEY, supersededAt: assessedAt });
    expect(result['findings']).to.have.length(3);
  });

  it('says nothing of the kind about the current one, or where the chart cannot say', async () => {
    const down = () => Promise.reject(new Error('down'));
    for (const findCurrent of [async (own: StudyAssessment) => own, async () => undefined, down]) {
      expect(await readResult(findCurrent))
        .to.include({ kind: 'ready' })
        .and.not.have.property('supersededAt');
    }
  });

  it('says so where images came and no newer one covers them yet, and looks itself for the next visit', async () => {
    viewer.state.isKnownLate = () => Promise.resolve(true);
    viewer.state.looks.length = 0;
    const result = await readResult(async (own) => own);
    expect(result).to.include({ kind: 'ready', hasLateImages: true }).and.not.have.property('supersededAt');
    expect(viewer.state.looks).to.deep.equal([VIEWER_KEY]);
  });

  it('names the newer one where it cannot be known whether images came, and is shown where nothing is known', async () => {
    viewer.state.isKnownLate = () => Promise.reject(new Error('down'));
    const assessedAt = '2026-11-23T12:00:00.000Z';
    const newer = async (own: StudyAssessment) => ({ ...own, key: 'cd'.repeat(32), assessedAt });
    expect(await readResult(newer)).to.include({ supersededAt: assessedAt });
    expect(await readResult(async (own) => own))
      .to.include({ kind: 'ready' })
      .and.not.have.property('hasLateImages');
    viewer.state.isKnownLate = () => Promise.resolve(true);
    expect(await readResult(() => Promise.reject(new Error('down')))).to.include({ hasLateImages: true });
  });
});
