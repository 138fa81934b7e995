/**
 * Writes an assessment once. Two searches first: they say whether the assessment already stands there (a retry
 * after a cut connection), and which earlier results of the same study a newer model version supersedes.
 */
import type { Reference } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import { TARGETS } from '../../assessment/domain/target.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { isFault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { NETWORK_ENSEMBLE } from '../terminology/codings.ts';
import { findIdentifier, storedRiskAssessmentSchema } from './risk-assessment-schema.ts';
import type { StoredRiskAssessment } from './risk-assessment-schema.ts';
import { planResults } from './plan-results.ts';
import { fromStudyRecord } from './study-record.ts';
import { registerModels } from './register-models.ts';
import type { ModelContext } from './register-models.ts';
import { writeInSteps } from './write-in-steps.ts';
import { writeTransaction } from './write-transaction.ts';
import { findAssessment } from './find-assessment.ts';

interface CallOptions {
  readonly signal: AbortSignal;
}

/** Results of one patient that are looked at for superseding: newest first, one page. */
const EARLIER_RESULTS = '60';

export async function recordAssessment(
  connection: FhirConnection,
  assessment: StudyAssessment,
  context: ModelContext & { readonly serverAddress: string },
  options: CallOptions,
): Promise<void> {
  if (await findAssessment(connection, assessment.key, options)) return;
  const superseded = await findSuperseded(connection, assessment, options);
  const models = await registerModels(connection, assessment.ensemble, context, options);
  const plan = planResults(assessment, { ...context, models, superseded });
  try {
    if (!(await writeTransaction(connection, plan, options))) await writeInSteps(connection, plan, options);
  } catch (error) {
    const status = isFault(error) ? error.details['status'] : undefined;
    if (status !== 409 && status !== 412) throw error;
    // Somebody else wrote in the same moment: what stands there now decides.
    if (await findAssessment(connection, assessment.key, options)) return;
    // 412: a condition matches several, which no repetition mends; step by step the oldest of them is taken.
    if (status === 409) throw error;
    await writeInSteps(connection, plan, options);
  }
}

async function findSuperseded(
  connection: FhirConnection,
  assessment: StudyAssessment,
  options: CallOptions,
): Promise<ReadonlyMap<Target, Reference>> {
  const bundle = await connection.search(
    'RiskAssessment',
    [
      ['subject', `Patient/${assessment.patientId}`],
      ['method', `${NETWORK_ENSEMBLE.system ?? ''}|${NETWORK_ENSEMBLE.code ?? ''}`],
      ['_sort', '-date'],
      ['_count', EARLIER_RESULTS],
    ],
    options,
  );
  const stored = (bundle.entry ?? []).flatMap(
    ({ resource }) => storedRiskAssessmentSchema.safeParse(resource).data ?? [],
  );
  const numbers = readNumbers(stored, assessment);
  const earlier = stored
    .filter((one) => isSuperseded(one, assessment) && isEarlier(one, assessment, numbers))
    .toSorted((a, b) => numberOf(b, numbers) - numberOf(a, numbers) || timeOf(b) - timeOf(a));
  return new Map(
    TARGETS.flatMap((target): [Target, Reference][] => {
      const found = earlier.find((stored) => findIdentifier(stored, IDENTIFIERS.finding)?.endsWith(`.${target}`));
      return found ? [[target, { reference: `RiskAssessment/${found.id}` }]] : [];
    }),
  );
}

/** The same study, another assessment; withdrawn results are not superseded once more. */
function isSuperseded(stored: StoredRiskAssessment, assessment: StudyAssessment): boolean {
  return (
    findIdentifier(stored, IDENTIFIERS.assessment) !== assessment.key &&
    stored.status !== 'entered-in-error' &&
    stored.basis.some(({ reference }) => reference?.endsWith(`ImagingStudy/${assessment.imagingStudyId}`))
  );
}

/** Assessments by the same networks go by their number, as everywhere (ADR 0007); those by others by the clock. */
function isEarlier(stored: StoredRiskAssessment, assessment: StudyAssessment, numbers: Numbers): boolean {
  const number = numberOf(stored, numbers);
  return number < 0 ? timeOf(stored) < Date.parse(assessment.assessedAt) : number < (assessment.revision?.number ?? 0);
}

/** Number by assessment key, of those that began with the same first one. */
type Numbers = ReadonlyMap<string | undefined, number>;

function readNumbers(results: readonly StoredRiskAssessment[], { key, revision }: StudyAssessment): Numbers {
  const firstKey = revision?.firstKey ?? key;
  const records = results.flatMap((stored) =>
    (stored.contained ?? []).map((one) => ({
      ownKey: findIdentifier(stored, IDENTIFIERS.assessment),
      revision: fromStudyRecord(one)?.revision,
    })),
  );
  const revised = records.flatMap(({ ownKey, revision: own }): [string | undefined, number][] =>
    own?.firstKey === firstKey ? [[ownKey, own.number]] : [],
  );
  return new Map([[firstKey, 0], ...revised]);
}

/** -1: it is none of them. */
function numberOf(stored: StoredRiskAssessment, numbers: Numbers): number {
  return numbers.get(findIdentifier(stored, IDENTIFIERS.assessment)) ?? -1;
}

function timeOf({ occurrenceDateTime }: StoredRiskAssessment): number {
  return Date.parse(occurrenceDateTime);
}
