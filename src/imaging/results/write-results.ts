/** The planned objects as files. Runs in a worker: drawing and writing take tens of milliseconds per picture. */
import type { CtVolume } from '../../assessment/domain/ct-volume.ts';
import type { AssessmentEvidence, Estimate, StudyAssessment } from '../../assessment/domain/finding.ts';
import { Fault } from '../../errors.ts';
import { createActivation } from './activation.ts';
import { toCaptureDataset } from './capture-dataset.ts';
import { drawCapture } from './capture-picture.ts';
import type { ImageReference } from './content-items.ts';
import { uniqueImages } from './report-content.ts';
import { toReportDataset } from './report-dataset.ts';
import type { ResultContext } from './result-dataset.ts';
import type { PlannedCapture, PlannedResult } from './result-plan.ts';
import { readSourceHeader } from './source-header.ts';
import { writePart10 } from './write-part10.ts';

export interface WriteResultsRequest {
  readonly planned: readonly PlannedResult[];
  readonly assessment: StudyAssessment;
  /** Needed where captures are planned. */
  readonly evidence: AssessmentEvidence | undefined;
  readonly volume: CtVolume;
  /** WADO-RS metadata of the analysed series, as it came. */
  readonly metadata: Uint8Array;
  readonly timeZone: string;
  readonly softwareVersion: string;
}

/** @returns Part 10 files in the order of the plan */
export function writeResults(request: WriteResultsRequest): readonly Uint8Array<ArrayBuffer>[] {
  const source = readSourceHeader(request.metadata);
  const { assessment, timeZone, softwareVersion, volume } = request;
  const context: ResultContext = { assessment, source, timeZone, softwareVersion };
  const imagesOfSlice = (slice: number): readonly ImageReference[] =>
    uniqueImages((volume.sourceInstanceUids[slice] ?? []).map((uid) => source.findImage(uid)));
  return request.planned.map((planned) => {
    if (planned.kind === 'report') {
      return writePart10(toReportDataset(context, planned, imagesOfSlice), source.copied);
    }
    const canvas = draw(request, planned);
    const dataset = toCaptureDataset(context, planned, canvas, imagesOfSlice(planned.sliceIndex));
    return writePart10(dataset, source.copied, canvas.pixels);
  });
}

function draw({ assessment, evidence, volume }: WriteResultsRequest, { target, sliceIndex }: PlannedCapture) {
  const finding = assessment.findings.find((one): one is Estimate => one.kind === 'estimate' && one.target === target);
  if (!finding || !evidence) throw new Fault('internal', 'A capture was planned for a finding without maps');
  const activation = createActivation(evidence, target, sliceIndex, volume);
  return drawCapture({ volume, sliceIndex, finding, ensemble: assessment.ensemble, activation });
}
