/**
 * Facts in, report out: pure, no clock, no network. The three targets never meet: each is counted, compared and
 * judged by itself, and only for the model version that is loaded.
 */
import { isEvidenceSufficient, weakestEvidence, type EvidenceLevel } from '../../assessment/domain/evidence-level.ts';
import type { EnsembleContract } from '../../assessment/domain/model-contract.ts';
import { TARGETS, type Target } from '../../assessment/domain/target.ts';
import type { CollectedFacts } from '../facts/collect-facts.ts';
import type { Fact, ResultFact } from '../facts/fact.ts';
import { compareScores } from './compare-scores.ts';
import { countActivity, type ReportDays } from './count-activity.ts';
import { countFeedback } from './count-feedback.ts';
import { countResults, pickPerStudy } from './count-results.ts';
import { judgeOutcomes } from './judge-outcomes.ts';
import { pairOutcomes } from './pair-outcomes.ts';
import { findReference } from './reference-scores.ts';
import type { SiteReport, TargetReport } from './site-report.ts';

export interface ReportRules {
  readonly ensemble: EnsembleContract;
  /** Weakest evidence whose numbers may be in the report. */
  readonly minimumEvidence: EvidenceLevel;
  /** CT_MAX_AGE_HOURS: how far an outcome's CT may lie back. */
  readonly maximumCtAgeHours: number;
}

export function buildReport(
  { facts, sources }: CollectedFacts,
  rules: ReportRules,
  when: ReportDays & { readonly madeAt: Date },
): SiteReport {
  const { ensemble, minimumEvidence } = rules;
  const { madeAt, ...days } = when;
  const every = pickKind(facts, 'result');
  const ours = every.filter((result) => result.ensemble.digest === ensemble.digest);
  const answers = pickKind(facts, 'answer');
  return {
    madeAt: madeAt.toISOString(),
    ...days,
    minimumEvidence,
    ensemble: { id: ensemble.id, version: ensemble.version, digest: ensemble.digest },
    otherVersions: countOthers(every, ensemble.digest),
    activity: countActivity(answers, every, days),
    feedback: countFeedback(answers, pickKind(facts, 'feedback')),
    targets: TARGETS.map((target) => judgeTarget(target, ours, facts, rules)),
    sources,
  };
}

function judgeTarget(
  target: Target,
  ours: readonly ResultFact[],
  facts: readonly Fact[],
  rules: ReportRules,
): TargetReport {
  const { ensemble, minimumEvidence, maximumCtAgeHours } = rules;
  const contracts = ensemble.networks.flatMap((network) => network.targets.filter((one) => one.target === target));
  const evidenceLevel = weakestEvidence(contracts.map((contract) => contract.evidenceLevel));
  const perStudy = pickPerStudy(ours.filter((result) => result.target === target));
  const head = { target, evidenceLevel, results: countResults(perStudy) };
  if (!isEvidenceSufficient(evidenceLevel, minimumEvidence)) return { ...head, numbers: { kind: 'withheld' } };
  const outcomes = pickKind(facts, 'outcome').filter((outcome) => outcome.target === target);
  const ctTimes = new Map(ours.flatMap(({ key, ctAt }) => (ctAt ? [[key, ctAt] as const] : [])));
  return {
    ...head,
    numbers: {
      kind: 'shown',
      scores: compareScores(perStudy, findReference(ensemble, target)),
      outcomes: judgeOutcomes(pairOutcomes(outcomes, perStudy, { target, maximumCtAgeHours, ctTimes })),
    },
  };
}

function countOthers(every: readonly ResultFact[], digest: string): SiteReport['otherVersions'] {
  const others = every.filter((result) => result.ensemble.digest !== digest);
  return [...Map.groupBy(others, (result) => result.ensemble.digest)].map(([otherDigest, results]) => ({
    name: results[0]?.ensemble.name ?? '',
    digest: otherDigest,
    studies: new Set(results.map((result) => result.imagingStudyId)).size,
  }));
}

function pickKind<Kind extends Fact['kind']>(facts: readonly Fact[], kind: Kind): Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);
}
