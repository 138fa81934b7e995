/** The page of results that were recorded under a lower MIN_EVIDENCE_LEVEL, and of a trial in shadow mode. */
import { expect } from 'chai';
import pino from 'pino';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY, type ScriptedViewer } from '../../support/scripted-viewer.ts';

type Json = Record<string, unknown>;

describe('evidence page below the minimum', () => {
  const common = { logger: pino({ level: 'silent' }), matrix: 128, sliceCount: 12 };
  let viewer: ScriptedViewer;
  afterEach(() => viewer.close());

  const get = (path: string, headers = {}) => {
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' }));
    return fetch(`${url.origin}${url.pathname}${path}${url.search}`, { headers });
  };

  it('shows no number, no map and no slice score, and opens on the middle slice', async () => {
    viewer = await createScriptedViewer({ ...common, minimumEvidence: 'site-validated' });
    const result = (await (await get('/result')).json()) as { findings: Json[] };
    expect(result.findings.map(({ reason, hasMaps }) => [reason, hasMaps])).to.deep.equal(
      Array(3).fill(['evidence-too-low', false]),
    );
    const said = JSON.stringify(result.findings.map((finding) => ({ ...finding, baseRate: 'published' })));
    expect(said).to.not.match(/percent|opinions|drivingSlices|48 points/i);
    const volume = (await (await get('/volume')).json()) as { firstSlice: number; networks: Json[] };
    expect([volume.firstSlice, ...volume.networks.map(({ sliceScores }) => sliceScores)]).to.deep.equal([6, {}, {}]);
    for (const target of ['ich-present', 'ich-after-evt', 'poor-collaterals']) {
      expect((await get(`/maps/${target}`)).status, target).to.equal(404);
    }
  });

  it('opens for nobody in shadow mode, by link or by session, and says why', async () => {
    viewer = await createScriptedViewer({ ...common, isShadow: true });
    const grant = { assessmentKey: VIEWER_KEY, patientId: 'p1', session: 's' };
    viewer.state.verifySession = () =>
      Promise.resolve({ kind: 'granted', grant, expiresAt: new Date(Date.now() + 60_000) });
    expect(await (await get('', { accept: 'text/html' })).text()).to.contain('shows results to nobody');
    for (const path of ['/result', '/context', '/volume', '/slices/first', '/maps/ich-present']) {
      const bySession = await fetch(`${viewer.url}/evidence/${VIEWER_KEY}${path}?session=s`);
      const answers = [await get(path), bySession];
      expect(await Promise.all(answers.map(async (one) => ((await one.json()) as Json)['code']))).to.deep.equal([
        ...['shadow-mode', 'shadow-mode'],
      ]);
    }
    expect(viewer.audited).to.deep.equal([]);
  });
});
