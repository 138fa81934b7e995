import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import { readEvaluationPlots } from '../../../src/viewer/evaluation-plots.ts';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY } from '../../support/scripted-viewer.ts';

describe('plots that came with the weights', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plots-'));
    writeFileSync(join(folder, 'roc.png'), 'roc');
    writeFileSync(join(folder, 'secret.png'), 'no plot of ours');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the known names only, and misses none that are not there', () => {
    expect(readEvaluationPlots(folder).map((plot) => plot.name)).to.deep.equal(['roc']);
    expect(readEvaluationPlots(join(folder, 'nowhere'))).to.deep.equal([]);
    expect(readEvaluationPlots(undefined)).to.deep.equal([]);
  });

  it('serves them behind the link', async () => {
    const options = { logger: pino({ level: 'silent' }), matrix: 64, sliceCount: 6, evaluationFolder: folder };
    const viewer = await createScriptedViewer(options);
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' }));
    const ask = (path: string, search = url.search) => fetch(`${url.origin}${url.pathname}${path}${search}`);
    const models = (await (await ask('/models')).json()) as { plots: string[] };
    expect(models.plots).to.deep.equal(['roc']);
    const plot = await ask('/plots/roc');
    expect([plot.headers.get('content-type'), await plot.text()]).to.deep.equal(['image/png', 'roc']);
    expect((await ask('/plots/roc', '')).status).to.equal(403);
    expect((await ask('/plots/secret')).status).to.equal(404);
    await viewer.close();
  });
});
