/**
 * Which study answers the order: the latest head CT before the order and inside the window. A study whose body
 * part nobody states is taken only when no stated head CT is there. Everything left out is counted in the reason.
 */
import { abstain } from '../../assessment/domain/abstention.ts';
import type { Abstention } from '../../assessment/domain/abstention.ts';
import type { CtSearch } from '../../assessment/domain/ports.ts';
import { findStudyInstanceUid } from './imaging-study-schema.ts';
import type { ImagingStudyFacts } from './imaging-study-schema.ts';
import { judgeStudy } from './judge-study.ts';
import type { HeadCtCodes, StudyVerdict } from './judge-study.ts';
import { findStudyPatient } from './study-patient.ts';
import { findStudyTime } from './study-time.ts';
import type { StudyTime } from './study-time.ts';

const HOUR_MS = 3_600_000;

/** What is known of one study once it has been judged. */
export interface JudgedStudy {
  readonly study: ImagingStudyFacts;
  readonly verdict: StudyVerdict;
  readonly time: StudyTime | undefined;
  readonly studyInstanceUid: string | undefined;
  /** Undefined where the subject is no patient of this chart. */
  readonly patientId: string | undefined;
}

export interface StudyChoice {
  readonly kind: 'chosen';
  readonly judged: JudgedStudy;
  readonly time: StudyTime;
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly reason: string;
  /** The latest CT that names no body part and may be newer than a chosen one that says it is a head. */
  readonly unread?: StudyTime;
}

/** @param servers base addresses that an absolute reference to the patient may have */
export function judge(study: ImagingStudyFacts, codes: HeadCtCodes, servers: readonly string[]): JudgedStudy {
  return {
    study,
    verdict: judgeStudy(study, codes),
    time: findStudyTime(study),
    studyInstanceUid: findStudyInstanceUid(study),
    patientId: findStudyPatient(study, servers),
  };
}

type Window = Pick<CtSearch, 'orderedAt' | 'maximumAgeHours' | 'patientId'>;
export type Candidate = Omit<StudyChoice, 'kind' | 'reason' | 'unread'>;

export function chooseStudy(
  studies: readonly ImagingStudyFacts[],
  window: Window,
  codes: HeadCtCodes,
  servers: readonly string[] = [],
): StudyChoice | Abstention {
  const judged = studies
    .map((study) => judge(study, codes, servers))
    .filter(({ patientId }) => patientId === window.patientId);
  const heads = judged.filter(({ verdict }) => verdict.kind !== 'refused');
  const orderedAt = Date.parse(window.orderedAt);
  const before = heads.flatMap(toCandidate).filter(({ time }) => time.earliest < orderedAt);
  const inWindow = before.filter(({ time }) => ageHours(time, orderedAt) <= window.maximumAgeHours);
  const stated = inWindow.filter(({ judged: { verdict } }) => verdict.kind === 'head');
  const pool = stated.length > 0 ? stated : inWindow;
  const chosen = findLatest(pool);
  if (!chosen) return explainAbsence(judged, before, orderedAt, window.maximumAgeHours);
  const reason = explainChoice(chosen, pool.length, orderedAt, judged.length);
  // The one that names no body part may be an abdomen, whose refusal would hide a result: so it is named, not read.
  const unread = findLatest(inWindow.filter((one) => !pool.includes(one) && one.time.latest > chosen.time.latest));
  return { kind: 'chosen', ...chosen, reason, ...(unread && { unread: unread.time }) };
}

function findLatest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.toSorted((a, b) => b.time.startedAt.localeCompare(a.time.startedAt))[0];
}

/** None where the study does not say when it began, which DICOM study it is and whose. */
export function toCandidate(judged: JudgedStudy): Candidate[] {
  const { time, studyInstanceUid, patientId } = judged;
  const isWhole = time && studyInstanceUid !== undefined && patientId !== undefined;
  return isWhole ? [{ judged, time, studyInstanceUid, patientId }] : [];
}

/** The least age that the stated time allows: a day alone never makes a CT too old on its own day. */
function ageHours(time: StudyTime, orderedAt: number): number {
  return Math.max(orderedAt - time.latest, 0) / HOUR_MS;
}

function explainChoice(chosen: Candidate, rivals: number, orderedAt: number, total: number): string {
  const { verdict } = chosen.judged;
  const among = rivals === 1 ? 'the only' : `the latest of ${rivals}`;
  const what = verdict.kind === 'head' ? 'head CT' : 'CT without a stated body part';
  const age =
    chosen.time.precision === 'day'
      ? 'known by its day only'
      : `${ageHours(chosen.time, orderedAt).toFixed(1)} h old at the order`;
  return `${among} ${what} before the order, ${age} (${verdict.because}; ${total} imaging studies in the chart)`;
}

function explainAbsence(
  judged: readonly JudgedStudy[],
  before: readonly Candidate[],
  orderedAt: number,
  maximumAgeHours: number,
): Abstention {
  if (judged.length === 0) return abstain('no-imaging-study', 'The chart holds no imaging study of this patient.');
  const latest = findLatest(before);
  if (latest) {
    const age = ageHours(latest.time, orderedAt).toFixed(1);
    return abstain('ct-too-old', `The latest head CT is ${age} h old; the limit is ${maximumAgeHours} h.`);
  }
  const refused = (because: string) =>
    judged.filter(({ verdict }) => verdict.kind === 'refused' && verdict.because === because).length;
  const plain = judged.some(({ verdict }) => verdict.kind !== 'refused');
  if (!plain && refused('contrast-only') > 0 && refused('not-available') === 0) {
    return abstain('contrast-enhanced', `${refused('contrast-only')} head CT in the chart, none without contrast.`);
  }
  const counts = `${judged.length} imaging studies: ${refused('not-ct')} no CT, ${refused('not-head')} of another body part, ${refused('contrast-only')} with contrast only, ${refused('not-available')} not available`;
  return abstain('no-preoperative-ct', `No usable head CT before the order (${counts}).`);
}
