/** RiskAssessment -> ResultFact. Results that are being written or were withdrawn are left out. */
import { z } from 'zod';
import { ABSTENTION_REASONS } from '../../assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../../assessment/domain/evidence-level.ts';
import { TARGETS } from '../../assessment/domain/target.ts';
import { CODE_SYSTEMS, EXTENSIONS, IDENTIFIERS } from '../../fhir/terminology/canonical.ts';
import { IGNORED, UNREADABLE, type ResultFact, type SaidOfTarget, type Unused } from './fact.ts';
import { codings, findCode, instant, readId, readInstant } from './fhir-shapes.ts';

const extension = z.looseObject({
  url: z.string(),
  valueCode: z.string().optional(),
  valueDecimal: z.number().optional(),
  valueCodeableConcept: z.looseObject({ coding: codings }).optional(),
});

const riskAssessment = z.looseObject({
  resourceType: z.literal('RiskAssessment'),
  status: z.string(),
  identifier: z.array(z.looseObject({ system: z.string().optional(), value: z.string().optional() })),
  extension: z.array(extension),
  method: z.looseObject({ coding: codings, text: z.string().default('') }),
  code: z.looseObject({ coding: codings }),
  subject: z.looseObject({ reference: z.string() }),
  occurrenceDateTime: instant,
  basis: z.array(z.looseObject({ reference: z.string().optional() })).min(1),
  prediction: z.tuple([
    z.looseObject({
      extension: z.array(extension),
      probabilityDecimal: z.number().min(0).max(100).optional(),
      qualitativeRisk: z.looseObject({ coding: codings }).optional(),
      whenPeriod: z.looseObject({ start: z.string() }),
    }),
  ]),
});

type Stored = z.infer<typeof riskAssessment>;

export function readResult(resource: unknown): ResultFact | Unused {
  const parsed = riskAssessment.safeParse(resource);
  if (!parsed.success) return UNREADABLE;
  const stored = parsed.data;
  if (stored.status === 'registered' || isWithdrawn(stored)) return IGNORED;
  const target = TARGETS.find((one) => one === findCode(stored.code.coding, CODE_SYSTEMS.targets));
  const level = stored.extension.find(({ url }) => url === EXTENSIONS.evidenceLevel)?.valueCode;
  const evidenceLevel = EVIDENCE_LEVELS.find((one) => one === level);
  const said = readSaid(stored.prediction[0]);
  const digest = findCode(stored.method.coding, IDENTIFIERS.ensemble);
  const [id, key] = [findValue(stored, IDENTIFIERS.finding), findValue(stored, IDENTIFIERS.assessment)];
  const firstKey = findValue(stored, IDENTIFIERS.firstAssessment);
  const patientId = readId(stored.subject.reference, 'Patient');
  const imagingStudyId = readId(stored.basis[0]?.reference, 'ImagingStudy');
  if (!target || !evidenceLevel || !said || !digest || !id || !key || !patientId || !imagingStudyId) return UNREADABLE;
  // Of a statement about the CT itself the period is the instant of the CT (to-prediction.ts).
  const ctAt = target === 'ich-after-evt' ? undefined : readInstant(stored.prediction[0].whenPeriod.start);
  return {
    ...{ kind: 'result', id, key, target, patientId, imagingStudyId, evidenceLevel, said },
    ensemble: { digest, name: stored.method.text },
    assessedAt: stored.occurrenceDateTime,
    ...(firstKey === undefined ? {} : { firstKey }),
    ...(ctAt === undefined ? {} : { ctAt }),
  };
}

/** A number that somebody cancelled is withdrawn too: of ours abstentions alone are (ADR 0051). */
function isWithdrawn({ status, prediction: [{ probabilityDecimal }] }: Stored): boolean {
  return status === 'entered-in-error' || (status === 'cancelled' && probabilityDecimal !== undefined);
}

function readSaid(prediction: Stored['prediction'][0]): SaidOfTarget | undefined {
  const { probabilityDecimal, qualitativeRisk } = prediction;
  const find = (url: string) => prediction.extension.find((one) => one.url === url);
  if (probabilityDecimal === undefined) {
    const codes = find(EXTENSIONS.withheldReason)?.valueCodeableConcept?.coding;
    const reason = ABSTENTION_REASONS.find((one) => one === findCode(codes, CODE_SYSTEMS.abstentionReasons));
    return reason && { kind: 'abstained', reason };
  }
  const threshold = find(EXTENSIONS.decisionThreshold)?.valueDecimal;
  const call = findCode(qualitativeRisk?.coding, CODE_SYSTEMS.calls);
  if (threshold === undefined || call === undefined) return undefined;
  return {
    kind: 'estimate',
    probability: probabilityDecimal / 100,
    threshold: threshold / 100,
    call: call === 'at-or-above-threshold' ? 'positive' : 'negative',
  };
}

function findValue({ identifier }: Stored, system: string): string | undefined {
  return identifier.find((one) => one.system === system)?.value;
}
