/** When the CT was made, as a FHIR R4 dateTime: a day stays a day, no time is made up. */
import type { StudyAssessment } from '../../assessment/domain/finding.ts';

export function toAcquisitionTime(assessment: Pick<StudyAssessment, 'studyStartedAt' | 'startedPrecision'>): string {
  const { studyStartedAt, startedPrecision } = assessment;
  return startedPrecision === 'day' ? studyStartedAt.slice(0, 'YYYY-MM-DD'.length) : studyStartedAt;
}
