/** One search by the assessment's key: this is what an order waits for. */
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { fromRiskAssessments } from './from-risk-assessments.ts';

/** Three are expected; more only where a server without conditional create holds duplicates. */
const MOST_RESULTS = '30';

export async function findAssessment(
  connection: FhirConnection,
  key: string,
  options: { readonly signal: AbortSignal },
): Promise<StudyAssessment | undefined> {
  const bundle = await connection.search(
    'RiskAssessment',
    [
      ['identifier', `${IDENTIFIERS.assessment}|${key}`],
      ['_count', MOST_RESULTS],
    ],
    options,
  );
  const resources = (bundle.entry ?? []).map(({ resource }) => resource);
  return fromRiskAssessments(
    key,
    resources.filter((resource) => resource?.resourceType === 'RiskAssessment'),
  );
}
