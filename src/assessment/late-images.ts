/**
 * Did CT images reach a study after it was assessed? The chart decides, because its list is what an analysis reads: what
 * it lists now against what it listed then and what the archive held (ADR 0007). Only growth counts. A chart that lists
 * less (another server's view, an old prefetch) says nothing, and neither do series of other kinds: our own results
 * come back as such series, and must not ask for the next analysis. Images that were exchanged one for one, and those
 * of a chart that lists no series, are not noticed.
 */
import type { CtStudy } from './domain/ct-study.ts';
import type { StudyAssessment } from './domain/finding.ts';

type Assessed = Pick<StudyAssessment, 'imagingStudyId' | 'listedSeries' | 'report'>;

/** False for the very list that the assessment was made from, whatever it is: so each list is answered once. */
export function hasLateImages(study: CtStudy, assessment: Assessed): boolean {
  // The same DICOM study filed twice: two lists that need not agree.
  if (study.imagingStudyId !== assessment.imagingStudyId) return false;
  const seen = countSeen(assessment);
  if (seen === undefined) return false;
  return study.series.some(({ seriesInstanceUid, modality, numberOfInstances = 1 }) => {
    const known = seen.get(seriesInstanceUid);
    // FHIR R4 demands a modality; where a server leaves it out, a new series may be a report as well as a CT.
    const mayBeCt = modality === 'CT' || (modality === undefined && known !== undefined);
    return mayBeCt && numberOfInstances > (known ?? 0);
  });
}

/** Images per series that were known of; undefined where nothing says which series there were. */
function countSeen({ listedSeries, report }: Assessed): ReadonlyMap<string, number> | undefined {
  const isOld = listedSeries === undefined;
  if (isOld && report.series.length === 0) return undefined;
  const seen = new Map<string, number>();
  // From before the list was kept: a series that was looked at is taken as complete, because scouts were not counted.
  for (const one of report.series) seen.set(one.seriesInstanceUid, isOld ? Infinity : one.instanceCount);
  for (const { seriesInstanceUid, numberOfInstances = 1 } of listedSeries ?? []) {
    seen.set(seriesInstanceUid, Math.max(numberOfInstances, seen.get(seriesInstanceUid) ?? 0));
  }
  return seen;
}
