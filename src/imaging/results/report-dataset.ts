/** The report as an Enhanced SR Storage instance (PS3.3 A.35.2; why this class and these flags: ADR 0130). */
import type { NaturalDataset } from 'dcmjs';
import { toSopReference, type ImageReference } from './content-items.ts';
import { listReferencedImages, toReportContent, type ReportFacts } from './report-content.ts';
import { CODING_SCHEMES, toCommonModules, type ResultContext } from './result-dataset.ts';
import type { PlannedReport } from './result-plan.ts';

export const ENHANCED_SR = '1.2.840.10008.5.1.4.1.1.88.22';

export function toReportDataset(
  context: ResultContext,
  planned: PlannedReport,
  imagesOfSlice: ReportFacts['imagesOfSlice'],
): NaturalDataset {
  const facts = { assessment: context.assessment, imagesOfSlice };
  return {
    ...toCommonModules(context, planned),
    SOPClassUID: ENHANCED_SR,
    Modality: 'SR',
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    ...toEvidence(context, listReferencedImages(facts)),
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    CodingSchemeIdentificationSequence: CODING_SCHEMES,
    ...toReportContent(facts),
  };
}

/** PS3.3 C.17.2: every instance the content points at is listed with its study and series. */
function toEvidence({ assessment }: ResultContext, images: readonly ImageReference[]): NaturalDataset {
  if (images.length === 0) return {};
  const series = {
    SeriesInstanceUID: assessment.seriesInstanceUid,
    ReferencedSOPSequence: images.map((one) => toSopReference(one)),
  };
  return {
    CurrentRequestedProcedureEvidenceSequence: [
      { StudyInstanceUID: assessment.studyInstanceUid, ReferencedSeriesSequence: [series] },
    ],
  };
}
