/**
 * What an order is answered with, before anybody words it. policy.ts turns it into decisions about cards.
 */
import type { Abstention } from './abstention.ts';
import type { ErrorCode } from '../../errors.ts';
import type { StudyAssessment } from './finding.ts';
import type { AuditContext, CtSearch, UnreadCt } from './ports.ts';

export interface OrderQuestion {
  readonly search: CtSearch;
  readonly audit: AuditContext;
}

interface UnfinishedStudy {
  readonly key: string;
  readonly studyStartedAt: string;
  /** As in CtStudy: the chart knows the day alone. */
  readonly startedPrecision?: 'day';
  /** The study was assessed, and images came after that: this stands in the chart and does not cover them (ADR 0007). */
  readonly earlier?: StudyAssessment;
}

interface Backlog {
  /** Analyses that begin before this one; COUNTED_AHEAD + 1 means more than COUNTED_AHEAD. */
  readonly ahead: number;
  /** At the pace of the last minutes; absent where nobody can say. */
  readonly waitMinutes?: number;
}

/** `unread` stands beside an answer about a CT where another one may be newer. */
export type OrderAnswer = AnswerAboutCt & { readonly unread?: UnreadCt };

type AnswerAboutCt =
  /** The assessment stands in the chart (it may consist of abstentions only). */
  | { readonly kind: 'assessed'; readonly assessment: StudyAssessment }
  /** The analysis is under way; the result will appear under this key. */
  | (UnfinishedStudy & { readonly kind: 'running'; readonly since: string })
  /** The analysis has not begun: others are ahead of it. */
  | (UnfinishedStudy & Backlog & { readonly kind: 'waiting'; readonly since: string })
  /** The analysis was tried and could not be done yet; it is retried and lands in the chart later. */
  | (UnfinishedStudy & { readonly kind: 'delayed'; readonly code: ErrorCode })
  /** The analysis ended without a result and is not tried again: nothing will land in the chart. */
  | (UnfinishedStudy & { readonly kind: 'failed'; readonly code: ErrorCode })
  /** The backlog makes an answer for this order impossible in time (back-pressure). */
  | (UnfinishedStudy & Backlog & { readonly kind: 'overloaded' })
  /** There is no CT to assess. */
  | { readonly kind: 'no-ct'; readonly abstention: Abstention };

/** assessment/: answers within the signal's budget; throws Fault only when the chart itself cannot be read. */
export interface OrderDesk {
  answer(question: OrderQuestion, options: { readonly signal: AbortSignal }): Promise<OrderAnswer>;
}
