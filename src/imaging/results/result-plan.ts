/**
 * Which objects an assessment becomes, known before anything is fetched: their UIDs come from the assessment alone, so
 * that the archive can be asked first what it has already.
 */
import type { AssessmentEvidence, StudyAssessment } from '../../assessment/domain/finding.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { createResultUid } from './result-uids.ts';

interface PlannedInstance {
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly instanceNumber: number;
}

export interface PlannedReport extends PlannedInstance {
  readonly kind: 'report';
}

export interface PlannedCapture extends PlannedInstance {
  readonly kind: 'capture';
  readonly target: Target;
  /** 0 = lowest. */
  readonly sliceIndex: number;
}

export type PlannedResult = PlannedReport | PlannedCapture;

/**
 * One report; one capture per driving slice of a finding that was called positive. A map of a negative answer is
 * scaled to its own strongest cell and would mark something on a CT on which nothing was found (ADR 0131).
 */
export function planResults(
  assessment: StudyAssessment,
  evidence: AssessmentEvidence | undefined,
): readonly PlannedResult[] {
  const { key } = assessment;
  const captures = assessment.findings.flatMap((finding) => {
    if (finding.kind !== 'estimate' || finding.call !== 'positive') return [];
    return finding.drivingSlices
      .filter((slice) => evidence?.networks.some(({ sliceIndexes }) => sliceIndexes.includes(slice)))
      .map((sliceIndex) => ({ target: finding.target, sliceIndex }));
  });
  return [
    {
      kind: 'report',
      seriesInstanceUid: createResultUid(key, 'reports'),
      sopInstanceUid: createResultUid(key, 'report'),
      instanceNumber: 1,
    },
    ...captures.map(({ target, sliceIndex }, at) => ({
      kind: 'capture' as const,
      target,
      sliceIndex,
      seriesInstanceUid: createResultUid(key, 'captures'),
      sopInstanceUid: createResultUid(key, 'capture', target, sliceIndex),
      instanceNumber: at + 1,
    })),
  ];
}
