/** The files themselves: read back by dcmjs, and judged by tools that know nothing of this project. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { data } from 'dcmjs';
import { planResults } from '../../../../src/imaging/results/result-plan.ts';
import { createResultUid } from '../../../../src/imaging/results/result-uids.ts';
import { writeResults, type WriteResultsRequest } from '../../../../src/imaging/results/write-results.ts';
import { createResultScene, type ResultScene } from '../../../support/result-scene.ts';
import { skip } from '../../../support/skip.ts';

type Natural = Record<string, unknown>;

function read(bytes: Uint8Array): Natural {
  const { dict } = data.DicomMessage.readFile(new Uint8Array(bytes).buffer);
  return data.DicomMetaDictionary.naturalizeDataset(dict);
}

/** Both streams as lines; the exit status is part of what is judged. */
function run(tool: string, ...args: string[]): Promise<{ readonly status: number; readonly lines: readonly string[] }> {
  return new Promise((resolve) => {
    execFile(tool, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
      resolve({ status: error === null ? 0 : Number(error.code), lines });
    });
  });
}

describe('imaging/results: the files', function () {
  this.timeout(60_000);
  let scene: ResultScene;
  let request: WriteResultsRequest;
  let files: readonly Uint8Array[];
  let folder: string;

  before(async () => {
    scene = await createResultScene();
    const { assessment, evidence, ct } = scene;
    request = {
      planned: planResults(assessment, evidence),
      ...{ assessment, evidence, volume: ct.volume },
      metadata: await scene.readMetadata(),
      ...{ timeZone: 'Europe/Berlin', softwareVersion: '0.1.0' },
    };
    files = writeResults(request);
    folder = mkdtempSync(join(tmpdir(), 'results-'));
    files.forEach((bytes, at) => writeFileSync(join(folder, `${String(at)}.dcm`), bytes));
  });
  after(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are one report and one capture per driving slice of the positive finding', () => {
    expect(files.map((bytes) => read(bytes)['Modality'])).to.deep.equal(['SR', 'OT', 'OT', 'OT']);
  });

  it('are byte for byte the same when written again', () => {
    writeResults(request).forEach((bytes, at) => expect(Buffer.compare(bytes, files[at]!)).to.equal(0));
  });

  it('stand in the original study with its patient, and in series of their own', () => {
    const [source] = scene.pacs.list(scene.study.studyInstanceUid);
    const original = read(source!.bytes);
    for (const bytes of files) {
      const result = read(bytes);
      for (const kept of [
        'StudyInstanceUID',
        'PatientID',
        'PatientBirthDate',
        'PatientSex',
        'StudyDate',
        'StudyTime',
        'AccessionNumber',
        'StudyID',
        'StudyDescription',
      ] as const)
        expect(result[kept], kept).to.deep.equal(original[kept]);
      expect(String(result['PatientName'])).to.equal(String(original['PatientName']));
      expect(result['SeriesInstanceUID']).not.to.equal(original['SeriesInstanceUID']);
    }
  });

  it('copy nothing of the source but patient and study', () => {
    for (const bytes of files) {
      const result = read(bytes);
      for (const left of ['InstitutionName', 'StationName', 'KVP', 'FrameOfReferenceUID', 'PixelSpacing'] as const)
        expect(result, left).not.to.have.property(left);
    }
  });

  it('say of a report: complete, seen by nobody, preliminary (ADR 0130)', () => {
    const { CompletionFlag, VerificationFlag, PreliminaryFlag } = read(files[0]!);
    expect([CompletionFlag, VerificationFlag, PreliminaryFlag]).to.deep.equal([
      'COMPLETE',
      'UNVERIFIED',
      'PRELIMINARY',
    ]);
  });

  it('tell the time of the assessment on the clock of the hospital', () => {
    const { ContentDate, ContentTime, StudyTime } = read(files[0]!);
    expect([ContentDate, ContentTime, StudyTime]).to.deep.equal(['20261125', '220708.123', '081500.000']);
  });

  it('list every image the report points at as evidence, with study and series (PS3.3 C.17.2)', () => {
    const [evidence] = read(files[0]!)['CurrentRequestedProcedureEvidenceSequence'] as Natural[];
    const [series] = evidence!['ReferencedSeriesSequence'] as Natural[];
    const { volume } = scene.ct;
    const expected = [14, 15, 13].map((slice) => volume.sourceInstanceUids[slice]![0]);
    const listed = (series!['ReferencedSOPSequence'] as Natural[]).map((one) => one['ReferencedSOPInstanceUID']);
    expect(evidence!['StudyInstanceUID']).to.equal(scene.study.studyInstanceUid);
    expect(listed).to.deep.equal(expected);
  });

  it('name the slice a capture was made of and how, and claim no spacing', () => {
    const capture = read(files[1]!);
    const [source] = capture['SourceImageSequence'] as Natural[];
    expect(source!['ReferencedSOPInstanceUID']).to.equal(scene.ct.volume.sourceInstanceUids[14]![0]);
    expect(String(capture['DerivationDescription'])).to.include('Slice 15').and.to.include('InceptionV4 0.1.0');
    expect(String(capture['DerivationDescription']).length).to.be.at.most(1024);
    expect(capture['ImageType']).to.deep.equal(['DERIVED', 'SECONDARY', 'OTHER']);
    expect(capture['BurnedInAnnotation']).to.equal('NO');
    expect(capture).not.to.have.property('RecognizableVisualFeatures');
  });

  for (const [keyword, tag, value] of [
    ['BurnedInAnnotation', '00280301', 'YES'],
    ['RecognizableVisualFeatures', '00280302', 'YES'],
    ['LossyImageCompression', '00282110', '01'],
  ] as const) {
    it(`take over what the source admits about its pixels: ${keyword}`, () => {
      const [first, ...rest] = JSON.parse(Buffer.from(request.metadata).toString()) as Natural[];
      const changed = [{ ...first, [tag]: { vr: 'CS', Value: [value] } }, ...rest];
      const [, capture] = writeResults({ ...request, metadata: Buffer.from(JSON.stringify(changed)) });
      expect(read(capture!)[keyword]).to.equal(value);
    });
  }

  it('keep names in any script and identifiers in sequences', () => {
    const objects = JSON.parse(Buffer.from(request.metadata).toString()) as Natural[];
    const named = objects.map((one) => ({
      ...one,
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müßig^Ötzi', Ideographic: '山田^太郎' }] },
      '00101002': {
        vr: 'SQ',
        Value: [{ '00100020': { vr: 'LO', Value: ['B-2'] }, '00100021': { vr: 'LO', Value: ['old'] } }],
      },
      '00080201': { vr: 'SH', Value: ['-0500'] },
    }));
    const [report] = writeResults({ ...request, metadata: Buffer.from(JSON.stringify(named)) });
    const result = read(report!);
    expect(JSON.stringify(result['PatientName'])).to.include('Müßig^Ötzi').and.to.include('山田^太郎');
    expect((result['OtherPatientIDsSequence'] as Natural[])[0]!['PatientID']).to.equal('B-2');
    expect(result['ContentTime'], 'on the clock the source names').to.equal('160708.123');
  });

  it('have UIDs of PS3.5 9.1 that differ by what they name', () => {
    const uids = Array.from({ length: 500 }, (_, at) => createResultUid('key', at));
    for (const uid of uids)
      expect(uid)
        .to.match(/^2\.25\.(0|[1-9]\d*)$/)
        .and.to.have.length.at.most(64);
    expect(new Set(uids).size).to.equal(500);
  });

  const TOOLS = '/usr/bin';
  function need(context: Mocha.Context, tool: string, packageName: string): void {
    if (!existsSync(join(TOOLS, tool))) skip(context, `${tool} is not installed (apt-get install ${packageName})`);
  }

  /** What dciodvfy of 2022 says about a file that is right, each with its reason. */
  const EXPECTED_FINDINGS = [
    // Private schemes begin with 99 (PS3.16 8); the tool lists the registered ones only.
    /Unrecognized defined term = <99THROMBCDS>/,
    // Synthetic Data (0008,001C) entered the standard in 2023; the phantom's CT has it, and so have its results.
    /\(0008,001c\)/,
  ];

  it('are without error for dciodvfy, and its warnings are the expected ones', async function () {
    need(this, 'dciodvfy', 'dicom3tools');
    for (const at of files.keys()) {
      const { lines } = await run('dciodvfy', '-new', join(folder, `${String(at)}.dcm`));
      expect(lines).to.include(at === 0 ? 'EnhancedSR' : 'SCImage');
      const unexpected = lines.filter((line) => /^(Error|Warning)/.test(line));
      expect(unexpected.filter((line) => !EXPECTED_FINDINGS.some((known) => known.test(line)))).to.deep.equal([]);
    }
  });

  it('have a content tree that dcmtk reads as an Enhanced SR, and as XML and HTML', async function () {
    need(this, 'dsrdump', 'dcmtk');
    const report = join(folder, '0.dcm');
    const dump = await run('dsrdump', '--print-all-codes', '--print-long-values', report);
    expect(dump.status).to.equal(0);
    expect(dump.lines.filter((line) => line.startsWith('E:'))).to.deep.equal([]);
    const text = dump.lines.join('\n');
    expect(text).to.include('Enhanced SR Document').and.to.include('Verification Flag   : UNVERIFIED');
    expect(text).to.include('"Probability of hemorrhage on this CT, research use only")="87.1" (%,UCUM,"percent")');
    expect(text).to.include('(EV-IN-SILICO,99THROMBCDS,"Trained on simulated CT only, never on patients")');
    expect(text.match(/contains IMAGE/g)).to.have.length(3);
    for (const tool of ['dsr2xml', 'dsr2html']) {
      const { status, lines } = await run(tool, report);
      expect(status, tool).to.equal(0);
      expect(lines.join('\n'), tool).to.include('Not for diagnosis');
    }
  });
});
