/**
 * One search by the assessment's key: this is what an order waits for. An order asks for the newest assessment of the
 * study, an evidence page or a retry for the very one.
 */
import type { RiskAssessment } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { fromRiskAssessments } from './from-risk-assessments.ts';

/** Three are expected; more where a study was assessed again, or a server without conditional create holds duplicates. */
const MOST_RESULTS = '60';

interface CallOptions {
  readonly signal: AbortSignal;
}

export async function findAssessment(
  connection: FhirConnection,
  key: string,
  options: CallOptions,
): Promise<StudyAssessment | undefined> {
  return fromRiskAssessments(key, await search(connection, [`${IDENTIFIERS.assessment}|${key}`], options));
}

/**
 * Of the first assessment and those that followed because images came later, the one with the highest number that is
 * whole (ADR 0007). Throws `fhir-refused` where one of them cannot be read: it might be that one.
 */
export async function findCurrentAssessment(
  connection: FhirConnection,
  firstKey: string,
  options: CallOptions,
): Promise<StudyAssessment | undefined> {
  const tokens = [`${IDENTIFIERS.assessment}|${firstKey}`, `${IDENTIFIERS.firstAssessment}|${firstKey}`];
  const byKey = Map.groupBy(await search(connection, tokens, options), readKey);
  return [...byKey]
    .flatMap(([key, resources]) => (key === undefined ? [] : (fromRiskAssessments(key, resources) ?? [])))
    .toSorted((a, b) => (b.revision?.number ?? 0) - (a.revision?.number ?? 0))[0];
}

/** FHIR R4 search#combining: a comma means "or". */
async function search(
  connection: FhirConnection,
  tokens: readonly string[],
  options: CallOptions,
): Promise<readonly RiskAssessment[]> {
  const bundle = await connection.search(
    'RiskAssessment',
    [
      ['identifier', tokens.join(',')],
      ['_count', MOST_RESULTS],
    ],
    options,
  );
  const resources = (bundle.entry ?? []).map(({ resource }) => resource);
  return resources.filter((resource) => resource?.resourceType === 'RiskAssessment');
}

function readKey({ identifier }: RiskAssessment): string | undefined {
  return identifier?.find(({ system }) => system === IDENTIFIERS.assessment)?.value;
}
