import { expect } from 'chai';
import pino from 'pino';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY, type ScriptedViewer } from '../../support/scripted-viewer.ts';

type Json = Record<string, unknown>;

describe('evidence page, server side', () => {
  const errors: string[] = [];
  let viewer: ScriptedViewer;
  let assessment: StudyAssessment;

  before(async () => {
    const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
    viewer = await createScriptedViewer({ logger, matrix: 128, sliceCount: 12 });
    assessment = viewer.state.assessment!;
  });
  beforeEach(() => {
    viewer.audited.length = 0;
    errors.length = 0;
    const { state } = viewer;
    Object.assign(state, { assessment, analysis: { kind: 'unknown' }, auditFails: false, now: new Date() });
  });
  after(() => viewer.close());

  const link = (path = '') => {
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' }));
    return `${url.origin}${url.pathname}${path}${url.search}`;
  };
  const getJson = async (path: string) => (await (await fetch(link(path))).json()) as Json;
  const PATHS = ['', '/result', '/context', '/models', '/volume', '/slices/first', '/slices/3', '/maps/ich-present'];

  for (const path of PATHS) {
    it(`opens ${path || 'the page'} with a valid link only, and lets nobody keep it`, async () => {
      const response = await fetch(link(path));
      expect([response.status, response.headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
      expect((await fetch(`${viewer.url}/evidence/${VIEWER_KEY}${path}`)).status).to.equal(403);
      const other = link(path).replace(VIEWER_KEY, 'cd'.repeat(32));
      expect((await fetch(other)).status).to.equal(403);
    });
  }

  it('says in words that a link has expired, and audits the try', async () => {
    const expired = link();
    viewer.state.now = new Date(Date.now() + 3_600_000);
    const response = await fetch(expired, { headers: { accept: 'text/html' } });
    expect(response.status).to.equal(403);
    expect(await response.text()).to.contain('This link has expired');
    expect(viewer.audited).to.have.length(1);
    expect(viewer.audited[0]).to.include({ kind: 'evidence-viewed', outcome: 'minor-failure', code: 'forbidden' });
  });

  it('does not let forged links fill the audit trail', async () => {
    await fetch(link().replace(/signature=.{10}/, 'signature=AAAAAAAAAA'));
    expect(viewer.audited).to.deep.equal([]);
  });

  it('shows nothing of another patient than the one of the card, not even with that call audited before', async () => {
    await getJson('/result');
    viewer.audited.length = 0;
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p2' }));
    for (const path of ['/result', '/context', '/volume', '/slices/first', '/slices/3', '/maps/ich-present']) {
      const response = await fetch(`${url.origin}${url.pathname}${path}${url.search}`);
      expect([path, response.status, ((await response.json()) as Json)['code']]).to.deep.equal([
        ...[path, 403, 'patient-mismatch'],
      ]);
    }
    expect(viewer.audited.map(({ outcome }) => outcome)).to.deep.equal(Array(6).fill('minor-failure'));
  });

  it('puts a strict policy on the page and no referrer on its way out', async () => {
    const { headers } = await fetch(link());
    expect(headers.get('content-security-policy')).to.contain("script-src 'self'").and.not.contain('unsafe');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
  });

  it('keeps patient data out of the page itself', async () => {
    const page = await (await fetch(link())).text();
    expect(page).not.to.match(/Patient\/p1|\bp1\b|1\.2\.3/);
    expect(viewer.audited).to.deep.equal([]);
  });

  it('audits the first look at a result with patient, assessment and hook', async () => {
    await getJson('/result');
    expect(viewer.audited).to.have.length(1);
    expect(viewer.audited[0]).to.include({
      kind: 'evidence-viewed',
      outcome: 'success',
      patientId: 'p1',
      assessmentKey: VIEWER_KEY,
      hookInstance: VIEWER_HOOK,
    });
  });

  it('audits a fetch of pixels that goes past the page, once per link', async () => {
    const fresh = '11111111-2222-4333-8444-555555555555';
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: fresh, patientId: 'p1' }));
    for (const path of ['/slices/1', '/slices/2', '/volume']) {
      await fetch(`${url.origin}${url.pathname}${path}${url.search}`);
    }
    expect(viewer.audited.map((event) => event.hookInstance)).to.deep.equal([fresh]);
  });

  it('shows the evidence although the trail cannot be written, and logs that as an error', async () => {
    viewer.state.auditFails = true;
    expect(await getJson('/result')).to.include({ kind: 'ready' });
    expect(errors.join()).to.contain('a view could not be audited');
  });

  it('says where the analysis is while there is no result, and audits nothing', async () => {
    viewer.state.assessment = undefined;
    viewer.state.analysis = { kind: 'queued', since: '2026-11-23T12:00:00Z', ahead: 2 };
    expect(await getJson('/result')).to.deep.equal({
      kind: 'pending',
      state: { kind: 'queued', since: '2026-11-23T12:00:00Z', ahead: 2 },
      message: 'The CT waits for its analysis.',
    });
    expect(viewer.audited).to.deep.equal([]);
  });

  it('shows an estimate with interval, threshold, opinions and base rate', async () => {
    const [finding] = (await getJson('/result'))['findings'] as Json[];
    expect(finding).to.deep.include({
      kind: 'estimate',
      percent: 91,
      interval: { lower: 78, upper: 96, coveragePercent: 95 },
      thresholdPercent: 42,
      spreadPoints: 8,
      baseRate: { kind: 'none' },
    });
  });

  it('withholds whole what lacks evidence: no map, no slice score, no number', async () => {
    const [, forecast] = (await getJson('/result'))['findings'] as Json[];
    expect(forecast).to.include({ kind: 'abstained', isWithheld: true }).and.not.have.property('percent');
    expect((await fetch(link('/maps/ich-after-evt'))).status).to.equal(404);
    const networks = (await getJson('/volume'))['networks'] as { sliceScores: Json }[];
    expect(Object.keys(networks[0]!.sliceScores)).to.deep.equal(['ich-present', 'poor-collaterals']);
  });

  it('shows the maps where the networks disagree', async () => {
    expect((await fetch(link('/maps/poor-collaterals'))).status).to.equal(200);
  });

  it('has no maps, networks and slice scores for a CT that is not the one the networks saw', async () => {
    const { opened } = viewer.state;
    if (opened.kind !== 'volume') throw new Error('no volume');
    viewer.state.opened = { ...opened, isWhatNetworksSaw: false };
    expect(await getJson('/volume')).to.deep.include({ kind: 'volume', isWhatNetworksSaw: false, networks: [] });
    expect((await fetch(link('/maps/ich-present'))).status).to.equal(404);
    expect((await fetch(link('/slices/3'))).status).to.equal(200);
    viewer.state.opened = opened;
  });

  it('keeps the free text of feedback to itself', async () => {
    const text = JSON.stringify(await getJson('/result'));
    expect(text).to.contain('Already known').and.not.contain('Dr. Private');
  });

  it('sends the pixels of exactly this slice, compressed', async () => {
    const response = await fetch(link('/slices/3'));
    const planes = new Uint8Array(await response.arrayBuffer());
    const DECODER = new URL('../../../src/viewer/browser/decode-slice.js', import.meta.url).href;
    const { decodeSlice } = (await import(DECODER)) as {
      decodeSlice: (planes: Uint8Array, rows: number, columns: number) => Int16Array;
    };
    const { opened } = viewer.state;
    if (opened.kind !== 'volume') throw new Error('no volume');
    const expected = opened.volume.hu.slice(3 * 128 * 128, 4 * 128 * 128);
    expect(Buffer.from(decodeSlice(planes, 128, 128).buffer).equals(Buffer.from(expected.buffer))).to.equal(true);
  });

  for (const index of ['12', '-1', '1.5', 'x']) {
    it(`has no slice ${index}`, async () => expect((await fetch(link(`/slices/${index}`))).status).to.equal(404));
  }

  it('says why there is no CT to show', async () => {
    const { opened } = viewer.state;
    viewer.state.opened = { kind: 'unavailable', detail: 'only scout images' };
    expect(await getJson('/volume')).to.deep.equal({ kind: 'unavailable', detail: 'only scout images' });
    viewer.state.opened = opened;
  });

  it('computes the scores beside the networks', async () => {
    const { scores, biomarkers, views } = (await getJson('/context')) as Record<string, Json[]>;
    expect(scores?.map((score) => score['kind'])).to.deep.equal(['not-computed', 'computed']);
    expect([biomarkers?.length, views?.length]).to.deep.equal([1, 1]);
  });

  const grantFor = (patientId: string) => () =>
    Promise.resolve({
      kind: 'granted',
      grant: { assessmentKey: VIEWER_KEY, patientId, userId: 'Practitioner/d9', session: patientId },
      expiresAt: new Date(Date.now() + 60_000),
    } as const);
  const bySession = (path: string) => fetch(`${viewer.url}/evidence/${VIEWER_KEY}${path}?session=s`);

  it('opens by a launch, and audits the user it named', async () => {
    viewer.state.verifySession = grantFor('p1');
    expect(await (await bySession('/result')).json()).to.include({ kind: 'ready', userId: 'Practitioner/d9' });
    expect(viewer.audited.map((event) => event.userId)).to.deep.equal(['Practitioner/d9']);
  });

  for (const path of PATHS.slice(1).filter((path) => path !== '/models')) {
    it(`refuses ${path} by name to a launch for another patient, although somebody else just looked`, async () => {
      await fetch(link('/slices/3'));
      viewer.state.verifySession = grantFor('p2');
      viewer.audited.length = 0;
      const response = await bySession(path);
      expect([response.status, ((await response.json()) as Json)['code']]).to.deep.equal([403, 'patient-mismatch']);
      expect(viewer.audited[0]).to.include({ outcome: 'minor-failure', userId: 'Practitioner/d9' });
    });
  }

  it('links to the chart by plain FHIR queries', async () => {
    const links = (await getJson('/result'))['chartLinks'] as { url: string }[];
    expect(links[0]?.url).to.equal(`http://127.0.0.1:9/fhir/RiskAssessment?_tag=${VIEWER_KEY}`);
    expect(links.at(-1)?.url).to.equal('http://127.0.0.1:9/fhir/ImagingStudy/ct1');
  });

  it('serves its scripts without a link, since they hold nothing', async () => {
    const response = await fetch(`${viewer.url}/evidence-assets/evidence-page.js`);
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([
      200,
      'text/javascript; charset=utf-8',
    ]);
  });

  it('preloads exactly the scripts there are', async () => {
    const page = await (await fetch(link())).text();
    for (const [, name] of page.matchAll(/evidence-assets\/([\w-]+\.(?:js|css|svg))/g)) {
      expect((await fetch(`${viewer.url}/evidence-assets/${name ?? ''}`)).status, name).to.equal(200);
    }
  });
});
