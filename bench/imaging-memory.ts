/**
 * `npm run bench:imaging-memory`: the peak memory of loading one very thin head CT (1 000 slices of 512 x 512, 525 MB on
 * the wire) through the CT source. The archive runs in a process of its own, so only the reader is measured.
 * Exits 1 above 600 MB of resident memory. `--slices N`.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createDicomwebCtSource } from '../src/imaging/ct-source.ts';
import { createImagingWorkers } from '../src/imaging/imaging-workers.ts';
import { createHeadPhantom } from '../src/phantom/head-phantom.ts';
import { writePart10 } from '../src/phantom/dicom/part10.ts';

const { values } = parseArgs({
  options: { slices: { type: 'string', default: '1000' }, role: { type: 'string', default: 'main' } },
});
const SLICES = Number(values.slices);
const SPACING_MM = 160 / SLICES;
const LIMIT_MB = 600;
const [STUDY, SERIES] = ['1.2.826.0.1.3680043.10.1', '1.2.826.0.1.3680043.10.1.1'];

const common = {
  ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  Modality: 'CT',
  SeriesDescription: 'Head thin',
  BodyPartExamined: 'HEAD',
  PatientID: 'BENCH',
  SliceThickness: SPACING_MM,
  KVP: 120,
  ConvolutionKernel: 'H30s',
  StudyInstanceUID: STUDY,
  SeriesInstanceUID: SERIES,
  ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 512,
  Columns: 512,
  PixelSpacing: [0.45, 0.45],
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 1,
  RescaleIntercept: 0,
  RescaleSlope: 1,
};
const format = {
  rows: 512,
  columns: 512,
  bitsAllocated: 16,
  bitsStored: 16,
  signed: true,
  samplesPerPixel: 1,
} as const;

function serve(): void {
  const head = createHeadPhantom({ seed: 1, sliceCount: 32 });
  const uidOf = (slice: number): string => `${SERIES}.${String(slice + 1)}`;
  const positionOf = (slice: number): number[] => [-115, -115, Number((-30 + slice * SPACING_MM).toFixed(4))];
  const pixelsOf = (slice: number): Uint8Array => {
    const from = Math.min(31, Math.floor((slice * SPACING_MM) / 5)) * 512 * 512;
    return new Uint8Array(head.hu.slice(from, from + 512 * 512).buffer);
  };
  const metadata = JSON.stringify(
    Array.from({ length: SLICES }, (_, slice) => toJson(uidOf(slice), positionOf(slice))),
  );
  const server = createServer((request, response) => {
    if (request.url?.includes('/metadata')) {
      response.setHeader('content-type', 'application/dicom+json').end(metadata);
      return;
    }
    if (request.url?.includes(`/series/${SERIES}`) !== true) {
      const listed = { '0020000E': { vr: 'UI', Value: [SERIES] }, '00080060': { vr: 'CS', Value: ['CT'] } };
      response.setHeader('content-type', 'application/dicom+json').end(JSON.stringify([listed]));
      return;
    }
    response.setHeader('content-type', 'multipart/related; type="application/dicom"; boundary=slice');
    void (async () => {
      for (let slice = 0; slice < SLICES; slice++) {
        const dataset = { ...common, SOPInstanceUID: uidOf(slice), ImagePositionPatient: positionOf(slice) };
        const bytes = writePart10(dataset, [pixelsOf(slice)], format, 'explicit-le');
        response.write('--slice\r\nContent-Type: application/dicom\r\n\r\n');
        response.write(bytes);
        if (!response.write('\r\n')) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end('--slice--\r\n');
    })();
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

/** The attributes this service reads, as Orthanc's "Full" metadata would carry them, and some weight beside them. */
function toJson(uid: string, position: readonly number[]): object {
  const texts = {
    '00080018': uid,
    '00080016': common.SOPClassUID,
    '0020000D': STUDY,
    '0020000E': SERIES,
    '00080060': 'CT',
    '00100020': 'BENCH',
    '0008103E': 'Head thin',
    '00180015': 'HEAD',
    '00181210': 'H30s',
  };
  const numbers = {
    '00280010': [512],
    '00280011': [512],
    '00280100': [16],
    '00280002': [1],
    '00180050': [SPACING_MM],
    '00180060': [120],
    '00200032': position,
    '00200037': common.ImageOrientationPatient,
    '00280030': common.PixelSpacing,
  };
  return {
    '00080008': { vr: 'CS', Value: common.ImageType },
    ...Object.fromEntries(Object.entries(texts).map(([tag, value]) => [tag, { vr: 'LO', Value: [value] }])),
    ...Object.fromEntries(Object.entries(numbers).map(([tag, Value]) => [tag, { vr: 'DS', Value }])),
    ...Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [
        `0019${String(1000 + index)}`,
        { vr: 'LO', Value: ['private filling'] },
      ]),
    ),
  };
}

async function load(port: number): Promise<void> {
  const workers = createImagingWorkers();
  const source = createDicomwebCtSource({
    endpoints: [{ baseUrl: `http://127.0.0.1:${String(port)}/rs`, credentials: { kind: 'none' }, reach: 'loopback' }],
    workers,
    logger: pino({ level: 'silent' }),
  });
  const study = {
    imagingStudyId: 'x',
    studyInstanceUid: STUDY,
    patientId: 'p',
    startedAt: '',
    series: [],
    choiceReason: '',
  };
  const started = performance.now();
  const result = await source.loadHeadCt(study, { signal: AbortSignal.timeout(300_000) });
  const seconds = (performance.now() - started) / 1000;
  await workers.close();
  const outcome = result.kind === 'volume' ? `${String(result.volume.sliceCount)} slabs` : result.abstention.detail;
  const peakMb = process.resourceUsage().maxRSS / 1000;
  console.table([
    {
      slices: SLICES,
      'MB on the wire': Math.round((SLICES * 525) / 1000),
      outcome,
      seconds: seconds.toFixed(1),
      'peak RSS MB': Math.round(peakMb),
      'limit MB': LIMIT_MB,
    },
  ]);
  process.exitCode = result.kind === 'volume' && peakMb <= LIMIT_MB ? 0 : 1;
}

if (values.role === 'serve') serve();
else {
  const server = fork(new URL(import.meta.url), ['--role', 'serve', '--slices', values.slices]);
  const port = await new Promise<number>((resolve) => server.once('message', (message) => resolve(message as number)));
  await load(port);
  server.kill();
}
