/**
 * The assessment as it stands in the chart, from the three RiskAssessments that share its key. Where the chart
 * was edited so that it can no longer be read, that is a fault, never a guess.
 */
import { ABSTENTION_REASONS } from '../../assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../../assessment/domain/evidence-level.ts';
import type { AbstainedFinding, Estimate, Finding, StudyAssessment } from '../../assessment/domain/finding.ts';
import { TARGETS } from '../../assessment/domain/target.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { Fault } from '../../errors.ts';
import { CODE_SYSTEMS, EXTENSIONS, IDENTIFIERS } from '../terminology/canonical.ts';
import { fromPercent } from './percent.ts';
import { findCodes, findExtension, findIdentifier, storedRiskAssessmentSchema } from './risk-assessment-schema.ts';
import type { StoredExtension, StoredRiskAssessment } from './risk-assessment-schema.ts';
import { fromStudyRecord } from './study-record.ts';
import { RECORD_CARRIER, toFindingIdentifier } from './to-risk-assessment.ts';

/** FHIR R4 observation-status: not yet whole (see write-in-steps.ts). */
const UNFINISHED = 'registered';

/**
 * Undefined unless all three findings stand there and are finished. Of duplicates (a server without conditional
 * create) the oldest counts. Throws `fhir-refused` when a resource of ours cannot be read any more.
 */
export function fromRiskAssessments(key: string, resources: readonly unknown[]): StudyAssessment | undefined {
  const stored = resources.map(requireReadable);
  const oldestFirst = stored.toSorted((a, b) => toAge(a).localeCompare(toAge(b)));
  const found = TARGETS.map((target) =>
    oldestFirst.find((one) => findIdentifier(one, IDENTIFIERS.finding) === toFindingIdentifier(key, target)),
  );
  const [present, afterEvt, collaterals] = found;
  if (!present || !afterEvt || !collaterals || found.some((one) => one?.status === UNFINISHED)) return undefined;
  const carrier = found[TARGETS.indexOf(RECORD_CARRIER)] ?? present;
  const record = (carrier.contained ?? []).map(fromStudyRecord).find((one) => one !== undefined);
  if (!record) throw new Fault('fhir-refused', 'The study record of an assessment in the chart is missing or damaged');
  const inputDigest = findExtension(carrier.extension, EXTENSIONS.inputDigest)?.valueString;
  return {
    ...record,
    key,
    patientId: toId(carrier.subject.reference, 'Patient'),
    imagingStudyId: toId(carrier.basis[0]?.reference ?? '', 'ImagingStudy'),
    assessedAt: carrier.occurrenceDateTime,
    ...(inputDigest === undefined ? {} : { inputDigest }),
    findings: [
      toFinding('ich-present', present),
      toFinding('ich-after-evt', afterEvt),
      toFinding('poor-collaterals', collaterals),
    ],
  };
}

function requireReadable(resource: unknown): StoredRiskAssessment {
  const parsed = storedRiskAssessmentSchema.safeParse(resource);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new Fault('fhir-refused', 'A RiskAssessment of ours in the chart is not as it was written', {
    details: { path },
  });
}

/** Server time first, then id: the same order on every replica. */
function toAge(stored: StoredRiskAssessment): string {
  return `${stored.meta?.lastUpdated ?? ''} ${stored.id}`;
}

function toId(reference: string, type: string): string {
  return new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$`).exec(reference)?.[1] ?? unreadable();
}

function toFinding(target: Target, stored: StoredRiskAssessment): Finding {
  const level = findExtension(stored.extension, EXTENSIONS.evidenceLevel)?.valueCode;
  const evidenceLevel = EVIDENCE_LEVELS.find((one) => one === level) ?? unreadable();
  const [prediction] = stored.prediction;
  const { probabilityDecimal } = prediction;
  // We cancel abstentions alone (ADR 0051): a number that is cancelled was so by somebody else.
  const isCancelledNumber = stored.status === 'cancelled' && probabilityDecimal !== undefined;
  if (stored.status === 'entered-in-error' || isCancelledNumber) return toWithdrawn(target, evidenceLevel);
  if (probabilityDecimal === undefined) return toAbstained(target, evidenceLevel, prediction.extension);
  const threshold = findExtension(prediction.extension, EXTENSIONS.decisionThreshold)?.valueDecimal ?? unreadable();
  const call = toCall(findCodes(prediction.qualitativeRisk, CODE_SYSTEMS.calls));
  if (!agrees(call, probabilityDecimal, threshold)) unreadable();
  return {
    kind: 'estimate',
    target,
    evidenceLevel,
    probability: fromPercent(probabilityDecimal),
    ...toInterval(prediction.extension),
    threshold: fromPercent(threshold),
    call,
    opinions: prediction.extension.filter(({ url }) => url === EXTENSIONS.networkOpinion).map(toOpinion),
    drivingSlices: prediction.extension.flatMap(({ url, valueUnsignedInt }) =>
      url === EXTENSIONS.drivingSlice && valueUnsignedInt !== undefined ? [valueUnsignedInt] : [],
    ),
  };
}

/** No code of ours, an unknown one or two of them: nobody can say any more what was said. */
function toCall(codes: readonly string[]): Estimate['call'] {
  if (codes.length !== 1) return unreadable();
  if (codes[0] === 'at-or-above-threshold') return 'positive';
  return codes[0] === 'below-threshold' ? 'negative' : unreadable();
}

/** The call was made before rounding, so where both are written alike either call may be right. */
function agrees(call: Estimate['call'], probabilityPercent: number, thresholdPercent: number): boolean {
  return probabilityPercent === thresholdPercent || probabilityPercent > thresholdPercent === (call === 'positive');
}

function toAbstained(
  target: Target,
  evidenceLevel: AbstainedFinding['evidenceLevel'],
  extensions: readonly StoredExtension[],
): AbstainedFinding {
  const withheld = findExtension(extensions, EXTENSIONS.withheldReason)?.valueCodeableConcept;
  const codes = findCodes(withheld, CODE_SYSTEMS.abstentionReasons);
  const reason = ABSTENTION_REASONS.find((one) => codes.length === 1 && one === codes[0]) ?? unreadable();
  return { kind: 'abstained', target, evidenceLevel, reason, detail: withheld?.text ?? '' };
}

/** Somebody withdrew the result in the chart (FHIR R4 observation-status): its number must not come back. */
function toWithdrawn(target: Target, evidenceLevel: AbstainedFinding['evidenceLevel']): AbstainedFinding {
  const detail = 'The result was withdrawn in the chart (entered in error, or cancelled).';
  return { kind: 'abstained', target, evidenceLevel, reason: 'withdrawn', detail };
}

function toInterval(extensions: readonly StoredExtension[]): Pick<Estimate, 'interval'> {
  const parts = findExtension(extensions, EXTENSIONS.probabilityInterval)?.extension;
  if (!parts) return {};
  const range = parts.find(({ url }) => url === 'range')?.valueRange ?? unreadable();
  const coverage = parts.find(({ url }) => url === 'coverage')?.valueDecimal ?? unreadable();
  return {
    interval: {
      lower: fromPercent(range.low.value),
      upper: fromPercent(range.high.value),
      coverage: fromPercent(coverage),
    },
  };
}

function toOpinion({ extension }: StoredExtension): Estimate['opinions'][number] {
  return {
    network: extension?.find(({ url }) => url === 'network')?.valueString ?? unreadable(),
    probability: fromPercent(extension?.find(({ url }) => url === 'probability')?.valueDecimal ?? unreadable()),
  };
}

function unreadable(): never {
  throw new Fault('fhir-refused', 'A RiskAssessment of ours in the chart is not as it was written');
}
