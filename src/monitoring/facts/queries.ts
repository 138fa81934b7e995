/**
 * The four searches a report is made from, as any FHIR client can repeat them (docs/audit.md). Outcomes are entered
 * later than what they are held against, so their window is longer by what a follow-up takes.
 */
import { TARGETS } from '../../assessment/domain/target.ts';
import { CODE_SYSTEMS } from '../../fhir/terminology/canonical.ts';
import type { Fact, Unused } from './fact.ts';
import { OUTCOME_CODES } from './outcome-codes.ts';
import { readEvent } from './read-event.ts';
import { readOutcome } from './read-outcome.ts';
import { readResult } from './read-result.ts';

export interface Period {
  readonly from: Date;
  /** Exclusive. */
  readonly until: Date;
}

export interface Query {
  readonly type: 'RiskAssessment' | 'AuditEvent' | 'Observation';
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly read: (resource: unknown) => Fact | Unused;
}

const HOUR_MS = 3_600_000;
/** After the last prediction of the period: a thrombectomy within a day of the CT, and its follow-up imaging. */
const OUTCOME_LAG_MS = (24 + OUTCOME_CODES.window.untilHours) * HOUR_MS;
/** A clinician acts on a card within minutes; an EHR may report it later. */
const FEEDBACK_LAG_MS = 24 * HOUR_MS;
const PAGE_SIZE = '200';

export function listQueries(period: Period): readonly Query[] {
  const outcomes = TARGETS.map((target) => `${CODE_SYSTEMS.outcomes}|${OUTCOME_CODES.outcomes[target].code}`);
  return [
    query('RiskAssessment', ['method', `${CODE_SYSTEMS.methods}|network-ensemble`], period, readResult),
    query('AuditEvent', ['subtype', `${CODE_SYSTEMS.auditEvents}|order-answered`], period, readEvent),
    query(
      'AuditEvent',
      ['subtype', `${CODE_SYSTEMS.auditEvents}|feedback-received`],
      extend(period, FEEDBACK_LAG_MS),
      readEvent,
    ),
    query('Observation', ['code', outcomes.join(',')], extend(period, OUTCOME_LAG_MS), readOutcome),
  ];
}

function query(
  type: Query['type'],
  by: readonly [string, string],
  { from, until }: Period,
  read: Query['read'],
): Query {
  const dates = [['date', `ge${from.toISOString()}`] as const, ['date', `lt${until.toISOString()}`] as const];
  // Newest first: what is written while pages are read moves the rest back, which repeats a resource and loses none.
  return { type, parameters: [by, ...dates, ['_sort', '-date'], ['_count', PAGE_SIZE]], read };
}

function extend({ from, until }: Period, byMs: number): Period {
  return { from, until: new Date(until.getTime() + byMs) };
}

/** As it is sent, but readable: for the report and the auditor. */
export function sayQuery({ type, parameters }: Pick<Query, 'type' | 'parameters'>): string {
  return `${type}?${parameters.map(([name, value]) => `${name}=${value}`).join('&')}`;
}
