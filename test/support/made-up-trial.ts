/**
 * The chart of a made-up trial: analyses, orders, feedback and outcomes of patients who never were, written by the
 * same code that writes real ones, from a seed. What was drawn is handed back, so that a test can count for itself.
 */
import type { Observation, Resource } from '@medplum/fhirtypes';
import type { Finding, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { EnsembleContract, TargetContract } from '../../src/assessment/domain/model-contract.ts';
import { TARGETS, type Target } from '../../src/assessment/domain/target.ts';
import { toInteractionAuditEvent } from '../../src/fhir/audit/interaction-audit-event.ts';
import { toRiskAssessment } from '../../src/fhir/assessment/to-risk-assessment.ts';
import { CANONICAL, CODE_SYSTEMS, OUTCOME_PROFILES } from '../../src/fhir/terminology/canonical.ts';
import { createRandom, type Random } from '../../src/phantom/random.ts';
import { SERVICE, makeAssessment, makeEstimate } from './fhir-samples.ts';

export interface TrialOptions {
  readonly patients: number;
  readonly firstDay: string;
  readonly days: number;
  readonly seed?: number;
  /** Cards are not named in the audit, and nobody gives feedback. */
  readonly shadow?: boolean;
  /** Share of patients whose outcomes are entered. */
  readonly followedUp?: number;
}

export interface MadeUpPatient {
  readonly id: string;
  readonly assessment: StudyAssessment;
  readonly decision: string;
  readonly isOverridden: boolean;
  /** Undefined where nobody entered it. */
  readonly bled?: boolean;
}

export interface MadeUpTrial {
  readonly resources: readonly Resource[];
  readonly patients: readonly MadeUpPatient[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINKS = { ensembleDevice: { reference: 'Device/ensemble' }, observations: [], supersedes: [] };

export function makeTrial(options: TrialOptions): MadeUpTrial {
  const random = createRandom(options.seed ?? 1, 'made-up trial');
  const patients = Array.from({ length: options.patients }, (_, index) => makePatient(index, options, random));
  return { patients, resources: patients.flatMap((patient, index) => writePatient(patient, index, options)) };
}

function makePatient(index: number, options: TrialOptions, random: Random): MadeUpPatient {
  const ctAt = Date.parse(`${options.firstDay}T06:00:00Z`) + ((index % options.days) + random.next() / 4) * DAY_MS;
  const risk = (random.next() + random.next()) / 2;
  const assessment = makeAssessment({
    key: index.toString(16).padStart(64, '0'),
    patientId: `trial-${String(index)}`,
    imagingStudyId: `trial-study-${String(index)}`,
    studyStartedAt: new Date(ctAt).toISOString(),
    assessedAt: new Date(ctAt + 60_000).toISOString(),
    findings: index % 6 === 5 ? refuseAll() : makeFindings(risk, random),
  });
  const decision = index % 6 === 5 ? 'abstained' : risk >= 0.35 ? 'raised-hemorrhage' : 'forecast';
  const isOverridden = options.shadow !== true && index % 4 === 0;
  const isFollowedUp = random.next() < (options.followedUp ?? 1);
  const bled = random.chance(risk);
  return { id: `trial-${String(index)}`, assessment, decision, isOverridden, ...(isFollowedUp ? { bled } : {}) };
}

function makeFindings(risk: number, random: Random): readonly [Finding, Finding, Finding] {
  const call = (probability: number) => (probability >= 0.35 ? 'positive' : 'negative');
  const present = random.next() / 4;
  return [
    makeEstimate('ich-present', { probability: present, call: call(present), evidenceLevel: 'research' }),
    makeEstimate('ich-after-evt', { probability: risk, call: call(risk) }),
    refuse('poor-collaterals', 'networks-disagree'),
  ];
}

function refuse(target: Target, reason: 'networks-disagree' | 'contrast-enhanced'): Finding {
  return { kind: 'abstained', target, evidenceLevel: 'in-silico', reason, detail: 'Made up.' };
}

function refuseAll(): readonly [Finding, Finding, Finding] {
  const [first, second, third] = TARGETS;
  return [refuse(first, 'contrast-enhanced'), refuse(second, 'contrast-enhanced'), refuse(third, 'contrast-enhanced')];
}

function writePatient(patient: MadeUpPatient, index: number, { shadow }: TrialOptions): Resource[] {
  const { id, assessment, decision, isOverridden, bled } = patient;
  const ctAt = Date.parse(assessment.studyStartedAt);
  const card = `card-${String(index)}`;
  const shared = { outcome: 'success', caller: 'https://ehr.example.org' } as const;
  const ordered = toInteractionAuditEvent(
    `order-${String(index)}`,
    {
      ...shared,
      kind: 'order-answered',
      at: new Date(ctAt + HOUR_MS).toISOString(),
      patientId: id,
      orderId: `order-${String(index)}`,
      userId: 'Practitioner/surgeon',
      hookInstance: `hook-${String(index)}`,
      assessmentKey: assessment.key,
      answer: { decision, hook: 'order-sign', durationMs: 20 + index },
      ...(shadow === true ? {} : { cardUuids: [card] }),
    },
    SERVICE,
  );
  const feedback = toInteractionAuditEvent(
    `feedback-${String(index)}`,
    {
      ...shared,
      kind: 'feedback-received',
      at: new Date(ctAt + 2 * HOUR_MS).toISOString(),
      cardUuids: [card],
      feedback: {
        outcome: 'overridden',
        overrideReason: { system: `${CANONICAL}/CodeSystem/override-reason`, code: 'already-known' },
      },
    },
    SERVICE,
  );
  return [
    { resourceType: 'Patient', id },
    ...assessment.findings.map((finding) => ({
      ...toRiskAssessment(finding, assessment, LINKS),
      id: `${id}-${finding.target}`,
    })),
    { ...ordered, id: `${id}-order` },
    ...(isOverridden ? [{ ...feedback, id: `${id}-feedback` }] : []),
    ...(bled === undefined ? [] : [makeFollowUp(id, ctAt, bled)]),
  ];
}

function makeFollowUp(patientId: string, ctAt: number, bled: boolean): Observation {
  const concept = (code: string) => ({ coding: [{ system: CODE_SYSTEMS.outcomes, code }] });
  return {
    resourceType: 'Observation',
    id: `${patientId}-outcome`,
    meta: { profile: [OUTCOME_PROFILES['ich-after-evt']] },
    status: 'final',
    code: concept('hemorrhage-after-thrombectomy'),
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: new Date(ctAt + 30 * HOUR_MS).toISOString(),
    valueCodeableConcept: concept(bled ? 'hemorrhage-asymptomatic' : 'no-hemorrhage'),
    component: [{ code: concept('thrombectomy-end'), valueDateTime: new Date(ctAt + 3 * HOUR_MS).toISOString() }],
  };
}

/** The ensemble that made-up assessments name, with validation scores where they are given. */
export function makeTrialEnsemble(scores?: readonly number[]): EnsembleContract {
  const { ensemble } = makeAssessment();
  const targets = TARGETS.map((target): TargetContract => {
    const evidenceLevel = target === 'ich-present' ? 'research' : 'in-silico';
    return {
      target,
      evidenceLevel,
      calibration: { method: 'none' },
      threshold: { probability: 0.35, rule: 'made up' },
      abstentionBand: { lower: 0.345, upper: 0.355 },
      ...(scores && {
        scores: { validation: 'held-out', data: 'made-up cases', probabilities: scores, truth: scores.map(() => 0) },
      }),
    };
  });
  return {
    ...ensemble,
    networks: ensemble.networks.map((network) => ({
      ...network,
      recipe: {} as never,
      pooling: { rule: 'top-k-mean', k: 3 },
      camSize: [8, 8],
      targets,
    })),
    combination: { rule: 'mean-logit', maximumDisagreement: 0.35 },
  };
}
