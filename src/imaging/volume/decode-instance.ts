/**
 * One received file, checked against what was planned from the metadata and written into the shared volume. Runs in
 * a worker. Identity first: a file of another study, series or patient is a refusal, whatever it shows.
 */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import { decodeFrame } from '../decode/frame-decoder.ts';
import { toHounsfield } from '../decode/hounsfield.ts';
import { readInstanceFacts, type InstanceFacts } from '../decode/instance-facts.ts';
import { readPart10, type Part10File } from '../decode/part10-reader.ts';
import { corrupt, splitEncapsulatedFrames, splitNativeFrames } from '../decode/pixel-frames.ts';
import { readPixelLayout } from '../decode/pixel-layout.ts';
import { isIdentity, turnSlice, type SliceTransform } from './orientation.ts';
import { findOwnPlace, storeSlice, type SharedVolume } from './shared-volume.ts';
import type { PlannedFrame } from './volume-plan.ts';

export interface ExpectedInstance {
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  /** DICOM Patient ID as the metadata stated it. */
  readonly patientId: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames: readonly PlannedFrame[];
}

export interface DecodeInstanceRequest {
  readonly bytes: Uint8Array;
  readonly expected: ExpectedInstance;
  readonly transform: SliceTransform;
  readonly volume: SharedVolume;
  readonly maximumInflatedBytes: number;
}

export interface DecodedInstance {
  readonly kind: 'decoded';
  readonly transferSyntaxUid: string;
}

/** Throws Fault `dicom-malformed`, `pixels-corrupt` or `codec-failed`; needs initialised codecs (frame-decoder.ts). */
export function decodeInstance(request: DecodeInstanceRequest): DecodedInstance | Abstention {
  const { expected, transform, volume } = request;
  const file = readPart10(request.bytes, request);
  const facts = readInstanceFacts(file.dataset);
  const refusal = findMismatch(facts, expected);
  if (refusal) return refusal;
  for (const { frameIndex, targets, cells, layout } of readFrames(file, expected)) {
    const { rescaleSlope = 1, rescaleIntercept = 0 } = facts.frames[frameIndex] ?? {};
    const rescale = { slope: rescaleSlope, intercept: rescaleIntercept };
    const place = isIdentity(transform) ? findOwnPlace(volume, targets) : undefined;
    const hu = toHounsfield(cells, layout, rescale, place);
    if (!place) storeSlice(volume, turnSlice(hu, layout.rows, layout.columns, transform), targets);
  }
  return { kind: 'decoded', transferSyntaxUid: file.transferSyntax.uid };
}

function* readFrames(file: Part10File, expected: ExpectedInstance) {
  if (!file.pixelData) throw corrupt('the file has none');
  const layout = readPixelLayout(file.dataset);
  const { frameCount } = layout;
  if (frameCount !== expected.frames.length) throw corrupt('another number of frames than the metadata said');
  const encoded =
    file.transferSyntax.codec === 'native'
      ? splitNativeFrames(file.pixelData, frameCount, layout.rows * layout.columns * 2)
      : splitEncapsulatedFrames(file.pixelData, frameCount, file.dataset);
  for (const { frameIndex, targets } of expected.frames) {
    const bytes = encoded[frameIndex];
    if (!bytes) throw corrupt('a frame is missing');
    yield { frameIndex, targets, layout, cells: decodeFrame(bytes, file.transferSyntax, layout) };
  }
}

const POSITION_TOLERANCE_MM = 0.01;
const COSINE_TOLERANCE = 0.001;

function findMismatch(facts: InstanceFacts, expected: ExpectedInstance): Abstention | undefined {
  const isOther =
    facts.studyInstanceUid !== expected.studyInstanceUid ||
    facts.seriesInstanceUid !== expected.seriesInstanceUid ||
    facts.sopInstanceUid !== expected.sopInstanceUid;
  if (isOther) return abstain('patient-mismatch', 'A received file belongs to another study, series or instance');
  if (facts.patientId !== expected.patientId) {
    return abstain('patient-mismatch', 'A received file carries another Patient ID than its metadata');
  }
  const differs = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
    a.length !== b.length || a.some((value, index) => Math.abs(value - (b[index] ?? NaN)) > tolerance);
  const isMoved = expected.frames.some(({ frameIndex, position, orientation }) => {
    const frame = facts.frames[frameIndex];
    if (!frame) return true;
    return (
      differs(frame.position, position, POSITION_TOLERANCE_MM) ||
      differs(frame.orientation, orientation, COSINE_TOLERANCE)
    );
  });
  if (isMoved || facts.rows !== expected.rows || facts.columns !== expected.columns) {
    return abstain('slice-geometry-inconsistent', 'A received file has another geometry than its metadata');
  }
  return undefined;
}
