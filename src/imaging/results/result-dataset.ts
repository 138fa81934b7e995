/** The modules every result has: patient and study as they were, a series and an instance of our own. */
import type { NaturalDataset } from 'dcmjs';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import codes from './codes.json' with { type: 'json' };
import { createDeviceUid } from './report-content.ts';
import type { PlannedResult } from './result-plan.ts';
import type { SourceHeader } from './source-header.ts';

export interface ResultContext {
  readonly assessment: StudyAssessment;
  readonly source: SourceHeader;
  /** Where the source names no offset, its dates and times are taken to be in the hospital's zone. */
  readonly timeZone: string;
  readonly softwareVersion: string;
}

/** High, so that viewers sort the results behind the CT; the same in every study, as PACS rules want it. */
export const SERIES = {
  report: { number: 9901, description: 'thrombectomy-cds report (research)' },
  capture: { number: 9902, description: 'thrombectomy-cds maps (research)' },
} as const;

export function toCommonModules(context: ResultContext, planned: PlannedResult): NaturalDataset {
  const { assessment, source } = context;
  const [date, time] = toDicomInstant(assessment.assessedAt, source.timezoneOffset ?? context.timeZone);
  const series = SERIES[planned.kind];
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SOPInstanceUID: planned.sopInstanceUid,
    SeriesInstanceUID: planned.seriesInstanceUid,
    SeriesNumber: String(series.number),
    SeriesDescription: series.description,
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: String(planned.instanceNumber),
    ContentDate: date,
    ContentTime: time,
    Manufacturer: codes.scheme.responsibleOrganization,
    ManufacturerModelName: 'thrombectomy-cds',
    DeviceSerialNumber: assessment.ensemble.digest,
    DeviceUID: createDeviceUid(assessment.ensemble),
    SoftwareVersions: [context.softwareVersion, `${assessment.ensemble.id} ${assessment.ensemble.version}`],
  };
}

/** PS3.3 C.12.1.1.3: our scheme named, so that a code of it can be looked up. */
export const CODING_SCHEMES = [
  {
    CodingSchemeDesignator: codes.scheme.designator,
    CodingSchemeName: codes.scheme.name,
    CodingSchemeResponsibleOrganization: codes.scheme.responsibleOrganization,
  },
];

/** An ISO 8601 instant as [DA, TM] on the wall clock of a zone: an IANA name or an offset such as `+0100`. */
export function toDicomInstant(iso: string, zone: string): readonly [date: string, time: string] {
  const timeZone = zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  } as const).formatToParts(new Date(iso));
  const read = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  const milliseconds = String(new Date(iso).getUTCMilliseconds()).padStart(3, '0');
  return [
    read('year') + read('month') + read('day'),
    `${read('hour')}${read('minute')}${read('second')}.${milliseconds}`,
  ];
}
