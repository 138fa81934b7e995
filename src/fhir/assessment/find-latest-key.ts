/** The patient's latest assessment, for a page that was opened from the chart and not from a card. */
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { NETWORK_ENSEMBLE } from '../terminology/codings.ts';

/** Newest first, and ours alone: an EHR's own hourly scores would leave no room for one of yesterday. */
const MOST_LOOKED_AT = '50';

export async function findLatestAssessmentKey(
  connection: Pick<FhirConnection, 'search'>,
  patientId: string,
  options: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const bundle = await connection.search(
    'RiskAssessment',
    [
      ['subject', `Patient/${patientId}`],
      ['method', `${NETWORK_ENSEMBLE.system ?? ''}|${NETWORK_ENSEMBLE.code ?? ''}`],
      ['_sort', '-date'],
      ['_count', MOST_LOOKED_AT],
    ],
    options,
  );
  for (const { resource } of bundle.entry ?? []) {
    if (resource?.resourceType !== 'RiskAssessment') continue;
    const own = resource.identifier?.find(({ system }) => system === IDENTIFIERS.assessment)?.value;
    if (own !== undefined && resource.subject.reference === `Patient/${patientId}`) return own;
  }
  return undefined;
}
