/**
 * One search by the assessment's key, mostly one page: this is what an order waits for. An order asks for the newest assessment of the
 * study, an evidence page or a retry for the very one.
 */
import type { Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import { Fault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { fromRiskAssessments } from './from-risk-assessments.ts';

/** Three are expected; more where a study was assessed again, or a server without conditional create holds duplicates. */
const PAGE_SIZE = '60';
/** A server may send smaller pages than it was asked for (FHIR R4 search#count): twenty of ten are 66 assessments. */
const MOST_PAGES = 20;

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

/**
 * FHIR R4 search#combining: a comma means "or". Read to its last page, since the assessment that counts may stand there;
 * throws `fhir-refused` where there is no end to them.
 */
async function search(
  connection: FhirConnection,
  tokens: readonly string[],
  options: CallOptions,
): Promise<readonly RiskAssessment[]> {
  const parameters = [
    ['identifier', tokens.join(',')],
    ['_count', PAGE_SIZE],
  ] as const;
  const found: RiskAssessment[] = [];
  let bundle = await connection.search('RiskAssessment', parameters, options);
  for (let pages = 1; ; pages += 1) {
    found.push(...(bundle.entry ?? []).map(({ resource }) => resource).filter(isRiskAssessment));
    const next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) return found;
    if (pages === MOST_PAGES)
      throw new Fault('fhir-refused', 'The chart holds more assessments of one CT than are read');
    bundle = await connection.page(next, options);
  }
}

function isRiskAssessment(resource: Resource | undefined): resource is RiskAssessment {
  return resource?.resourceType === 'RiskAssessment';
}

function readKey({ identifier }: RiskAssessment): string | undefined {
  return identifier?.find(({ system }) => system === IDENTIFIERS.assessment)?.value;
}
