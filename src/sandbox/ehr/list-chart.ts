/**
 * The chart as any later reader can audit it: plain FHIR queries, shown beside what they found. Nothing is
 * remembered here; every listing asks the FHIR server again.
 */
import type { Device, Provenance, Resource, RiskAssessment } from '@medplum/fhirtypes';
import { toFault } from '../../errors.ts';
import { describeResource } from './describe-resource.ts';
import type { EhrChart } from './ehr-chart.ts';

export interface ChartItem {
  /** `Type/id`. */
  readonly reference: string;
  readonly title: string;
  readonly when?: string;
  readonly version?: string;
}

export interface ChartSection {
  readonly title: string;
  /** The query any FHIR client could send. */
  readonly query: string;
  readonly items: readonly ChartItem[];
  /** Stable code where the query was refused. */
  readonly failure?: string;
}

export async function listChart(chart: EhrChart, patientId: string): Promise<readonly ChartSection[]> {
  const patient = `Patient/${patientId}`;
  const assessments = await listSection<RiskAssessment>(chart, 'Risk assessments', {
    query: `RiskAssessment?subject=${patient}&_sort=-date`,
  });
  const targets = assessments.found.map((resource) => `RiskAssessment/${resource.id ?? ''}`);
  const devices = [...new Set(assessments.found.flatMap((resource) => resource.performer?.reference ?? []))]
    .filter((reference) => reference.startsWith('Device/'))
    .map((reference) => reference.slice('Device/'.length));
  const sections = await Promise.all([
    listSection(chart, 'Orders', { query: `ServiceRequest?subject=${patient}&_sort=-authored` }),
    listSection<Provenance>(chart, 'Provenance', {
      query: `Provenance?target=${targets.join(',')}`,
      skip: targets.length === 0,
    }),
    listSection<Device>(chart, 'Devices (models)', {
      query: `Device?_id=${devices.join(',')}`,
      skip: devices.length === 0,
    }),
    listSection(chart, 'Audit events', { query: `AuditEvent?patient=${patient}&_sort=-date` }),
    listSection(chart, 'Observations', { query: `Observation?subject=${patient}` }),
    listSection(chart, 'Conditions', { query: `Condition?subject=${patient}` }),
    listSection(chart, 'Imaging studies', { query: `ImagingStudy?patient=${patient}&_sort=-started` }),
  ]);
  return [assessments, ...sections].map(({ section }) => section);
}

interface Listing<T> {
  readonly section: ChartSection;
  readonly found: readonly T[];
}

async function listSection<T extends Resource>(
  chart: EhrChart,
  title: string,
  asked: { readonly query: string; readonly skip?: boolean },
): Promise<Listing<T>> {
  if (asked.skip === true) return { section: { title, query: '', items: [] }, found: [] };
  try {
    const found = await chart.search<T>(asked.query);
    return { section: { title, query: asked.query, items: found.map(toItem) }, found };
  } catch (error) {
    return { section: { title, query: asked.query, items: [], failure: toFault(error).code }, found: [] };
  }
}

function toItem(resource: Resource): ChartItem {
  const version = resource.meta?.versionId;
  return {
    reference: `${resource.resourceType}/${resource.id ?? ''}`,
    ...describeResource(resource),
    ...(version === undefined ? {} : { version }),
  };
}
