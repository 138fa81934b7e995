/**
 * Did CT images reach a study after it was assessed (ADR 0007)? Two witnesses: the chart, whose list is at hand at every
 * order, and the archive, which counts what the chart does not and knows which images they are. Only growth counts, and
 * from the archive an exchange. Whoever lists less (another server's view, an old prefetch, an archive's replica) says
 * nothing, and neither do series of other kinds: our own results come back as such series, and must not ask for the next
 * analysis.
 */
import type { CtStudy, HeldSeries } from './domain/ct-study.ts';
import type { StudyAssessment } from './domain/finding.ts';

type Assessed = Pick<StudyAssessment, 'imagingStudyId' | 'listedSeries' | 'report'>;

/** By the chart's list. False for the very list that the assessment was made from, whatever it is: so each list is answered once. */
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

/**
 * By what the archive holds of the series that an analysis would read. False for the very answer that the assessment
 * keeps, and where it keeps none.
 */
export function hasLateImagesInArchive(
  held: readonly HeldSeries[],
  { heldSeries }: Pick<StudyAssessment, 'heldSeries'>,
): boolean {
  if (heldSeries === undefined) return false;
  const then = new Map(heldSeries.map((series) => [series.seriesInstanceUid, series]));
  return held.some(({ seriesInstanceUid, instances, digest }) => {
    const known = then.get(seriesInstanceUid);
    if (known === undefined || instances !== known.instances) return instances > (known?.instances ?? 0);
    return digest !== undefined && known.digest !== undefined && digest !== known.digest;
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
