/** Storing in a loopback archive: once however often, nothing of the original touched, and each fault named. */
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import type { Finding, StudyAssessment } from '../../../../src/assessment/domain/finding.ts';
import type { PacsCredentials } from '../../../../src/imaging/dicomweb/pacs-endpoint.ts';
import { planResults } from '../../../../src/imaging/results/result-plan.ts';
import { faultOf } from '../../../support/fault-of.ts';
import { inTime } from '../../../support/imaging-scene.ts';
import { createRawPacs, type RawPacs } from '../../../support/imaging-raw-pacs.ts';
import { createResultScene, NO_FORECAST, POSITIVE, WITHHELD, type ResultScene } from '../../../support/result-scene.ts';

describe('imaging/results/result-archive', function () {
  this.timeout(60_000);
  let scene: ResultScene;
  let keys = 0;

  before(async () => (scene = await createResultScene()));
  after(() => scene.close());
  afterEach(() => scene.pacs.setFault(undefined));

  /** The same CT under another key: as after a change of the networks. */
  function assess(changes: Partial<StudyAssessment> = {}): StudyAssessment {
    return { ...scene.assessment, key: String(keys++).padStart(64, 'c'), ...changes };
  }

  function store(assessment: StudyAssessment, archive = scene.openArchive()) {
    return archive.store({ study: scene.study, assessment, evidence: scene.evidence }, inTime());
  }

  const uidsOf = (assessment: StudyAssessment) =>
    planResults(assessment, scene.evidence).map(({ sopInstanceUid }) => sopInstanceUid);
  const inArchive = () => scene.pacs.list(scene.study.studyInstanceUid).map((one) => one.sopInstanceUid);

  it('stores the report and the captures beside the CT, which stays as it is', async () => {
    const before = scene.pacs.list(scene.study.studyInstanceUid);
    const copies = before.map(({ bytes }) => Buffer.from(bytes));
    const assessment = assess();
    expect(await store(assessment)).to.deep.equal({ kind: 'stored', objects: 4, sent: 4 });
    expect(inArchive()).to.include.members(uidsOf(assessment));
    const after = new Map(scene.pacs.list(scene.study.studyInstanceUid).map((one) => [one.sopInstanceUid, one.bytes]));
    before.forEach(({ sopInstanceUid }, at) => {
      expect(Buffer.compare(Buffer.from(after.get(sopInstanceUid) ?? []), copies[at]!)).to.equal(0);
    });
  });

  it('stores once what is asked for twice, without fetching the CT again', async () => {
    const assessment = assess();
    await store(assessment);
    const [count, retrievals] = [inArchive().length, scene.pacs.countRequests('retrieve')];
    expect(await store(assessment)).to.deep.equal({ kind: 'stored', objects: 4, sent: 0 });
    expect([inArchive().length, scene.pacs.countRequests('retrieve')]).to.deep.equal([count, retrievals]);
  });

  it('stores once what two replicas store at the same time', async () => {
    const assessment = assess();
    await Promise.all([store(assessment), store(assessment)]);
    expect(inArchive().filter((uid) => uidsOf(assessment).includes(uid))).to.have.length(4);
  });

  it('does not disturb the choice of a series: the CT is found again, the same', async () => {
    await store(assess());
    const again = await scene.source.loadHeadCt(scene.study, inTime());
    if (again.kind !== 'volume') throw new Error(again.abstention.detail);
    expect(again.volume.digest).to.equal(scene.ct.volume.digest);
    const ours = again.report.series.filter(({ description }) => description.startsWith('THROMBECTOMY-CDS'));
    expect(ours).not.to.have.length(0);
    expect(ours.every(({ score }) => score === undefined)).to.equal(true);
  });

  it('makes pictures of a positive call only (ADR 0131)', async () => {
    const negative: Finding = { ...POSITIVE, call: 'negative' } as Finding;
    const fate = await store(assess({ findings: [negative, NO_FORECAST, WITHHELD] }));
    expect(fate).to.deep.equal({ kind: 'stored', objects: 1, sent: 1 });
  });

  it('stores a report without pictures where the maps are gone', async () => {
    const assessment = assess();
    const fate = await scene.openArchive().store({ study: scene.study, assessment, evidence: undefined }, inTime());
    expect(fate).to.deep.equal({ kind: 'stored', objects: 1, sent: 1 });
  });

  it('stores nothing about a CT of which no series was analysed', async () => {
    const refused: Partial<StudyAssessment> = assess();
    Reflect.deleteProperty(refused, 'seriesInstanceUid');
    expect(await store(refused as StudyAssessment)).to.deep.equal({ kind: 'not-stored', reason: 'nothing-analysed' });
  });

  it('stores nothing that was withdrawn in the chart as a whole', async () => {
    const withdraw = (finding: Finding): Finding =>
      ({ ...WITHHELD, target: finding.target, reason: 'withdrawn' }) as Finding;
    const [present, after, collaterals] = scene.assessment.findings;
    const findings = [withdraw(present), withdraw(after), withdraw(collaterals)] as const;
    expect(await store(assess({ findings }))).to.deep.equal({ kind: 'not-stored', reason: 'withdrawn' });
  });

  it('stores nothing about a CT that is not the analysed one any more', async () => {
    const fate = await store(assess({ inputDigest: '0'.repeat(64) }));
    expect(fate).to.deep.equal({ kind: 'not-stored', reason: 'ct-changed' });
  });

  describe('when the archive', () => {
    const DOWN = [
      ['is down', { kind: 'status', status: 503 }],
      ['is full (500)', { kind: 'status', status: 500 }],
      ['is full (507)', { kind: 'status', status: 507 }],
      ['asks for patience', { kind: 'status', status: 429, retryAfterSeconds: 7 }],
    ] as const;
    for (const [what, fault] of DOWN) {
      it(`${what}: to be tried again, and then it is whole`, async () => {
        const assessment = assess();
        scene.pacs.setFault(fault, { on: 'store', times: 1 });
        expect(await faultOf(store(assessment))).to.include({ code: 'pacs-unavailable', retryable: true });
        expect(await store(assessment)).to.deep.equal({ kind: 'stored', objects: 4, sent: 4 });
      });
    }

    it('takes the request and falls silent: to be tried again', async () => {
      scene.pacs.setFault({ kind: 'hang' }, { on: 'store', times: 1 });
      const fault = await faultOf(store(assess(), scene.openArchive(undefined, 300)));
      expect(fault).to.include({ code: 'pacs-unavailable', retryable: true });
    });

    it('is only slow: waited for', async () => {
      scene.pacs.setFault({ kind: 'slow', delayMs: 400 }, { on: 'store', times: 1 });
      expect(await store(assess())).to.include({ kind: 'stored', sent: 4 });
    });

    it('answers nonsense: named as such', async () => {
      scene.pacs.setFault({ kind: 'garbage' }, { on: 'store', times: 1 });
      expect(await faultOf(store(assess()))).to.include({ code: 'pacs-answer-malformed' });
    });
  });

  describe('by what a scripted archive answers', () => {
    let raw: RawPacs | undefined;
    afterEach(async () => raw?.close());

    interface Script {
      readonly status: number;
      /** Failure Reason by place in the plan; the others are stored. */
      readonly failed?: Readonly<Record<number, number>>;
      /** What QIDO-RS lists after the store. */
      readonly listedAfter?: readonly number[];
      readonly credentials?: PacsCredentials;
    }

    const reference = (uid: string, reason?: number) => ({
      '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
      '00081155': { vr: 'UI', Value: [uid] },
      ...(reason === undefined ? {} : { '00081197': { vr: 'US', Value: [reason] } }),
    });

    async function storeIn({ status, failed = {}, listedAfter = [], credentials }: Script) {
      const assessment = assess();
      const uids = uidsOf(assessment);
      let stored = false;
      const answer = (response: ServerResponse, code: number, body?: unknown) => {
        response.writeHead(code, { 'content-type': 'application/dicom+json' });
        response.end(body === undefined ? '' : JSON.stringify(body));
      };
      raw = await createRawPacs((request, response) => {
        if (request.method === 'GET') {
          const listed = stored ? listedAfter : [];
          answer(
            response,
            200,
            listed.map((at) => ({ '00080018': { vr: 'UI', Value: [uids[at]] } })),
          );
          return;
        }
        request.resume().on('end', () => {
          stored = true;
          const refused = uids.flatMap((uid, at) => (failed[at] === undefined ? [] : [reference(uid, failed[at])]));
          const taken = uids.flatMap((uid, at) => (failed[at] === undefined ? [reference(uid)] : []));
          answer(response, status, {
            '00081198': { vr: 'SQ', Value: refused },
            '00081199': { vr: 'SQ', Value: taken },
          });
        });
      });
      const { endpoint } = raw.endpoint(credentials ?? { kind: 'none' });
      return store(assessment, scene.openArchive(endpoint));
    }

    it('sends one multipart request with the credentials of this archive', async () => {
      await storeIn({ status: 200, credentials: { kind: 'basic', username: 'u', password: 'p' } });
      const posts = raw!.requests.filter(({ method }) => method === 'POST');
      expect(posts).to.have.length(1);
      expect(posts[0]!.url).to.equal(`/dicom-web/studies/${scene.study.studyInstanceUid}`);
      expect(posts[0]!.headers).to.include({ authorization: 'Basic dTpw', accept: 'application/dicom+json' });
      expect(posts[0]!.headers['content-type']).to.match(/^multipart\/related; type="application\/dicom"; boundary=/);
    });

    for (const status of [401, 403]) {
      it(`${String(status)}: a fault of the sign-in, told apart from a refused object`, async () => {
        expect(await faultOf(storeIn({ status }))).to.include({ code: 'pacs-refused' });
      });
    }

    for (const status of [400, 413, 415]) {
      it(`${String(status)}: refused for good`, async () => {
        expect(await faultOf(storeIn({ status }))).to.include({ code: 'pacs-store-refused', retryable: false });
      });
    }

    it('a redirect is never followed', async () => {
      expect(await faultOf(storeIn({ status: 307 }))).to.include({ code: 'pacs-not-allowed' });
    });

    it('two of four refused for their class (0x0122): for good, and said how many', async () => {
      const fault = await faultOf(storeIn({ status: 202, failed: { 1: 0x0122, 2: 0x0122 } }));
      expect(fault).to.include({ code: 'pacs-store-refused' });
      expect(fault.details).to.deep.equal({ refused: 2, of: 4, reason: '0x0122' });
    });

    it('one of four out of resources (0xA700): to be tried again', async () => {
      const fault = await faultOf(storeIn({ status: 202, failed: { 3: 0xa700 } }));
      expect(fault).to.include({ code: 'pacs-unavailable', retryable: true });
    });

    it('409, all duplicates (0x0111), all listed: stored by an earlier try', async () => {
      const failed = { 0: 0x0111, 1: 0x0111, 2: 0x0111, 3: 0x0111 };
      const fate = await storeIn({ status: 409, failed, listedAfter: [0, 1, 2, 3] });
      expect(fate).to.include({ kind: 'stored' });
    });

    it('a duplicate that the archive does not list in our study is refused, not believed', async () => {
      const fault = await faultOf(storeIn({ status: 409, failed: { 0: 0x0111 }, listedAfter: [1, 2, 3] }));
      expect(fault).to.include({ code: 'pacs-store-refused' });
    });

    it('names neither study nor patient in a fault', async () => {
      const fault = await faultOf(storeIn({ status: 202, failed: { 0: 0xc000 } }));
      const words = JSON.stringify([fault.message, fault.details]);
      expect(words).not.to.include(scene.study.studyInstanceUid);
      expect(words).not.to.match(/PHANTOM|2\.25\./);
    });
  });

  it('refuses an archive outside of the allowed reach', async () => {
    const archive = scene.openArchive({ baseUrl: scene.pacs.url, credentials: { kind: 'none' }, reach: 'private' });
    expect(await faultOf(store(assess(), archive))).to.include({ code: 'pacs-not-allowed' });
  });
});
