/**
 * Which assessment a launch opens: the one behind the card it came from, else the one of the study that is open in
 * the EHR, else the patient's latest. Never one of somebody else.
 */
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { Abstention } from '../assessment/domain/abstention.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { LaunchContext } from './launch-context.ts';
import { refuse, type Refused } from './launch-refusal.ts';

export interface AssessmentFinder {
  /** The newest assessment of the study whose first one has this key. */
  findCurrentAssessment(
    firstKey: string,
    options: { readonly signal: AbortSignal },
  ): Promise<StudyAssessment | undefined>;
  findAssessment(key: string, options: { readonly signal: AbortSignal }): Promise<StudyAssessment | undefined>;
  readCtStudy(imagingStudyId: string, options: { readonly signal: AbortSignal }): Promise<CtStudy | Abstention>;
  /** The key under which this study is, or will be, assessed first by the networks that run. */
  keyOf(study: CtStudy): string;
  /** Key of the patient's latest assessment in the chart. */
  findLatestKey(patientId: string, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
}

export type ChosenAssessment = { readonly kind: 'chosen'; readonly key: string } | Refused;

/** Throws Fault where the chart cannot be read. */
export async function chooseAssessment(
  finder: AssessmentFinder,
  context: LaunchContext,
  options: { readonly signal: AbortSignal },
): Promise<ChosenAssessment> {
  const { assessmentKey, imagingStudyId, patientId } = context;
  if (assessmentKey !== undefined) {
    // Not in the chart yet: the page waits for it, and compares the patient when it is there.
    const assessment = await finder.findAssessment(assessmentKey, options);
    return (assessment?.patientId ?? patientId) === patientId ? choose(assessmentKey) : refuse('patient-mismatch');
  }
  if (imagingStudyId !== undefined) {
    const study = await finder.readCtStudy(imagingStudyId, options);
    if ('kind' in study) return refuse('nothing-assessed');
    if (study.patientId !== patientId) return refuse('patient-mismatch');
    const firstKey = finder.keyOf(study);
    return choose((await finder.findCurrentAssessment(firstKey, options))?.key ?? firstKey);
  }
  const latest = await finder.findLatestKey(patientId, options);
  return latest === undefined ? refuse('nothing-assessed') : choose(latest);
}

function choose(key: string): ChosenAssessment {
  return { kind: 'chosen', key };
}
