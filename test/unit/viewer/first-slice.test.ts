import { expect } from 'chai';
import pino from 'pino';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY, type ScriptedViewer } from '../../support/scripted-viewer.ts';

describe('slice the evidence page opens on', () => {
  let viewer: ScriptedViewer;

  beforeEach(async () => {
    viewer = await createScriptedViewer({ logger: pino({ level: 'silent' }), matrix: 64, sliceCount: 12 });
  });
  afterEach(() => viewer.close());

  const ask = (path: string) => {
    const url = new URL(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' }));
    return fetch(`${url.origin}${url.pathname}${path}${url.search}`);
  };
  const readBytes = async (path: string) => Buffer.from(await (await ask(path)).arrayBuffer());
  const readFirst = async () => ((await (await ask('/volume')).json()) as { firstSlice: number }).firstSlice;
  const drive = (drivingSlices: readonly number[]) => {
    const assessment = viewer.state.assessment!;
    const [first, ...others] = assessment.findings;
    if (first.kind !== 'estimate') throw new Error('nothing to drive');
    viewer.state.assessment = { ...assessment, findings: [{ ...first, drivingSlices }, ...others] };
  };

  it('is the one that drove the first finding', async () => {
    drive([4, 5]);
    expect(await readFirst()).to.equal(4);
    expect((await readBytes('/slices/first')).equals(await readBytes('/slices/4'))).to.equal(true);
  });

  it('is the middle one where no network has driven anything', async () => {
    drive([]);
    expect(await readFirst()).to.equal(6);
    expect((await readBytes('/slices/first')).equals(await readBytes('/slices/6'))).to.equal(true);
  });

  it('is the middle one of a CT the networks did not see', async () => {
    drive([4]);
    const { opened } = viewer.state;
    if (opened.kind === 'volume') viewer.state.opened = { ...opened, isWhatNetworksSaw: false };
    expect(await readFirst()).to.equal(6);
    expect((await readBytes('/slices/first')).equals(await readBytes('/slices/6'))).to.equal(true);
  });

  it('is nothing, and no error, where there is no CT', async () => {
    viewer.state.opened = { kind: 'unavailable', detail: 'only scout images' };
    expect((await ask('/slices/first')).status).to.equal(204);
  });

  it('is not there before there is a result', async () => {
    viewer.state.assessment = undefined;
    expect((await ask('/slices/first')).status).to.equal(404);
  });
});
