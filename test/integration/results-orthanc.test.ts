/** Results in a real archive: stored by STOW-RS, found by QIDO-RS, retrieved by WADO-RS, drawn, stored once, removed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PacsEndpoint } from '../../src/imaging/dicomweb/pacs-endpoint.ts';
import { createDicomwebCtSource } from '../../src/imaging/ct-source.ts';
import { createResultArchive } from '../../src/imaging/results/result-archive.ts';
import { planResults } from '../../src/imaging/results/result-plan.ts';
import { faultOf } from '../support/fault-of.ts';
import { findMissingOrthanc, startOrthanc, type Orthanc } from '../support/imaging-orthanc.ts';
import { inTime, silent } from '../support/imaging-scene.ts';
import { createResultScene, type ResultScene } from '../support/result-scene.ts';
import { skip } from '../support/skip.ts';

type Json = Record<string, { readonly Value?: readonly unknown[] }>;

describe('results in Orthanc', function () {
  this.timeout(120_000);
  let orthanc: Orthanc | undefined;
  let scene: ResultScene;
  const value = (json: Json | undefined, tag: string) => json?.[tag]?.Value?.[0];

  before(async function () {
    const missing = findMissingOrthanc();
    if (missing !== undefined) skip(this, missing);
    orthanc = await startOrthanc();
    scene = await createResultScene({ matrix: 256 });
    for (const { bytes } of scene.pacs.list(scene.study.studyInstanceUid)) await orthanc.store(bytes);
  });
  after(async () => {
    if (!orthanc) return;
    await scene.close();
    await orthanc.close();
  });

  function requireOrthanc(): Orthanc {
    if (!orthanc) throw new Error('Orthanc is not running');
    return orthanc;
  }

  function ask(path: string, accept: string): Promise<Response> {
    const { url, username, password } = requireOrthanc();
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return fetch(`${url}${path}`, { headers: { accept, authorization } });
  }

  async function query(path: string): Promise<readonly Json[]> {
    const response = await ask(path, 'application/dicom+json');
    return response.status === 204 ? [] : ((await response.json()) as Json[]);
  }

  function store(password = requireOrthanc().password) {
    const { url, username } = requireOrthanc();
    const endpoint: PacsEndpoint = {
      baseUrl: url,
      credentials: { kind: 'basic', username, password },
      reach: 'loopback',
    };
    const own: PacsEndpoint = {
      ...endpoint,
      credentials: { kind: 'basic', username, password: requireOrthanc().password },
    };
    const ctSource = createDicomwebCtSource({ endpoints: [own], workers: scene.workers, logger: silent });
    const archive = createResultArchive({
      ...{ endpoint, ctSource, workers: scene.workers },
      ...{ timeZone: 'Europe/Berlin', softwareVersion: '0.1.0' },
    });
    const { study, assessment, evidence } = scene;
    return archive.store({ study, assessment, evidence }, inTime());
  }

  const path = () => `/studies/${scene.study.studyInstanceUid}`;
  const planned = () => planResults(scene.assessment, scene.evidence);

  it('are refused with a wrong password, and nothing is stored', async () => {
    expect(await faultOf(store('wrong'))).to.include({ code: 'pacs-refused' });
    expect(await query(`${path()}/series`)).to.have.length(1);
  });

  it('are stored, found as two series of the study, and stored once', async () => {
    expect(await store()).to.deep.equal({ kind: 'stored', objects: 4, sent: 4 });
    const series = await query(`${path()}/series?includefield=0008103E`);
    const listed = series.map((one) => [value(one, '00080060'), value(one, '0008103E')]);
    expect(listed).to.deep.include.members([
      ['SR', 'thrombectomy-cds report (research)'],
      ['OT', 'thrombectomy-cds maps (research)'],
    ]);
    expect(await store()).to.deep.equal({ kind: 'stored', objects: 4, sent: 0 });
    expect(await query(`${path()}/instances`)).to.have.length(scene.ct.volume.sliceCount + 4);
  });

  it('leave one study with one patient', async () => {
    const studies = await query(`/studies?StudyInstanceUID=${scene.study.studyInstanceUid}&includefield=00080061`);
    expect(studies).to.have.length(1);
    expect(studies[0]?.['00080061']?.Value).to.have.members(['CT', 'SR', 'OT']);
  });

  it('come back whole by WADO-RS, and dcmtk reads the report', async function () {
    const [report] = planned();
    const instance = `${path()}/series/${report!.seriesInstanceUid}/instances/${report!.sopInstanceUid}`;
    const response = await ask(instance, 'multipart/related; type="application/dicom"');
    const body = Buffer.from(await response.arrayBuffer());
    const from = body.indexOf('\r\n\r\n') + 4;
    if (!existsSync('/usr/bin/dsrdump')) skip(this, 'dsrdump is not installed (apt-get install dcmtk)');
    const folder = mkdtempSync(join(tmpdir(), 'orthanc-result-'));
    writeFileSync(join(folder, 'report.dcm'), body.subarray(from, body.lastIndexOf('\r\n--')));
    const text = execFileSync('dsrdump', ['--print-all-codes', join(folder, 'report.dcm')], {
      stdio: 'pipe',
    }).toString();
    rmSync(folder, { recursive: true });
    expect(text).to.include('(126000,DCM,"Imaging Measurement Report")');
    expect(text).to.include('research use only")="87.1" (%,UCUM,"percent")');
  });

  it('are drawn in color, CT and map, by the archive itself', async () => {
    const capture = planned()[1]!;
    const instance = `${path()}/series/${capture.seriesInstanceUid}/instances/${capture.sopInstanceUid}`;
    const response = await ask(`${instance}/rendered`, 'image/png');
    const png = Buffer.from(await response.arrayBuffer());
    expect(response.status, png.toString().slice(0, 200)).to.equal(200);
    expect(png.subarray(1, 4).toString()).to.equal('PNG');
    // IHDR (PNG 11.2.2): width, height, bit depth 8, color type 2 (RGB).
    expect([png.readUInt32BE(16), png[24], png[25]]).to.deep.equal([512, 8, 2]);
    const target = process.env['KEEP_RESULT_PNG'];
    if (target !== undefined) writeFileSync(target, png);
  });
});
