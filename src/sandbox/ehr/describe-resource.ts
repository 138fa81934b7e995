/** One line per resource for a list: what it says and when. The resource itself is one click away. */
import type { AuditEvent, CodeableConcept, Observation, Resource, RiskAssessment } from '@medplum/fhirtypes';
import { EXTENSIONS } from '../../fhir/terminology/canonical.ts';

export interface ResourceLine {
  readonly title: string;
  readonly when?: string;
}

export function describeResource(resource: Resource): ResourceLine {
  switch (resource.resourceType) {
    case 'RiskAssessment':
      return line(describeRisk(resource), resource.occurrenceDateTime ?? resource.occurrencePeriod?.start);
    case 'Provenance':
      return line(
        `${String(resource.target.length)} targets, ${String(resource.agent.length)} agents`,
        resource.recorded,
      );
    case 'AuditEvent':
      return line(
        [nameAuditEvent(resource), outcomeWord(resource.outcome)].filter(Boolean).join(', '),
        resource.recorded,
      );
    case 'ServiceRequest':
      return line(`${words(resource.code)}, ${resource.status}`, resource.authoredOn);
    case 'Observation':
      return line(`${words(resource.code)}: ${describeValue(resource)}`, resource.effectiveDateTime);
    case 'Condition':
      return line(words(resource.code), resource.onsetDateTime ?? resource.recordedDate);
    case 'ImagingStudy':
      return line(resource.description ?? 'Imaging study', resource.started);
    case 'Device':
      return line(
        [resource.deviceName?.[0]?.name, resource.version?.[0]?.value].filter(Boolean).join(' ') || 'Device',
        resource.meta?.lastUpdated,
      );
    default:
      return line(resource.resourceType, resource.meta?.lastUpdated);
  }
}

function line(title: string, when: string | undefined): ResourceLine {
  return { title, ...(when === undefined ? {} : { when }) };
}

function words(concept: CodeableConcept | undefined): string {
  const [coding] = concept?.coding ?? [];
  return concept?.text ?? coding?.display ?? coding?.code ?? 'not named';
}

function describeRisk(risk: RiskAssessment): string {
  const [prediction] = risk.prediction ?? [];
  const named = words(prediction?.outcome ?? risk.code);
  if (prediction?.probabilityDecimal !== undefined) {
    const evidence = risk.extension?.find(({ url }) => url === EXTENSIONS.evidenceLevel)?.valueCode ?? 'not stated';
    return `${named}: ${String(Math.round(prediction.probabilityDecimal * 10) / 10)} % (evidence: ${evidence})`;
  }
  const qualitative = prediction?.qualitativeRisk && words(prediction.qualitativeRisk);
  return `${named}: ${qualitative ?? (risk.status === 'final' ? 'no number' : `no result (${risk.status})`)}`;
}

function describeValue(observation: Observation): string {
  const { valueQuantity: quantity } = observation;
  if (quantity?.value !== undefined) return `${String(quantity.value)} ${quantity.unit ?? ''}`.trim();
  if (observation.valueInteger !== undefined) return String(observation.valueInteger);
  if (observation.valueBoolean !== undefined) return observation.valueBoolean ? 'present' : 'absent';
  return observation.valueCodeableConcept ? words(observation.valueCodeableConcept) : 'no value';
}

const REST = 'http://hl7.org/fhir/restful-interaction';

/** What the service calls it; plain FHIR traffic by its interaction and how much it concerned. */
function nameAuditEvent({ subtype, entity }: AuditEvent): string {
  const own = subtype?.find((one) => one.system !== REST);
  if (own) return own.display ?? own.code ?? 'access';
  return `${subtype?.[0]?.code ?? 'access'}, ${String(entity?.length ?? 0)} items`;
}

function outcomeWord(outcome: string | undefined): string {
  return { '0': 'success', '4': 'minor failure', '8': 'serious failure', '12': 'major failure' }[outcome ?? ''] ?? '';
}
