/**
 * What is said about the study as a whole and has no place in RiskAssessment: which series were looked at and
 * why, the quality gate, the networks, the times. It stands as JSON inside a contained DocumentReference of the
 * `ich-present` RiskAssessment, so that one search brings the whole assessment back (ADR 0050).
 */
import { createHash } from 'node:crypto';
import type { DocumentReference } from '@medplum/fhirtypes';
import { z } from 'zod';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';

/** Bumped when a reader of the old form could misread the new one. */
const FORMAT = 'thrombectomy-cds/study-record/1';
const CONTAINED_ID = 'study-record';

const seriesSchema = z.object({
  seriesInstanceUid: z.string(),
  description: z.string(),
  instanceCount: z.number(),
  score: z.number().optional(),
  reasons: z.array(z.string()),
  chosen: z.boolean(),
});

const listedSchema = z.object({
  seriesInstanceUid: z.string(),
  modality: z.string().optional(),
  numberOfInstances: z.number().optional(),
});

const heldSchema = z.object({
  seriesInstanceUid: z.string(),
  instances: z.number().int().nonnegative(),
  digest: z.string().optional(),
});

const recordSchema = z.object({
  format: z.literal(FORMAT),
  revision: z.object({ number: z.number().int().positive(), firstKey: z.string() }).optional(),
  listedSeries: z.array(listedSchema).optional(),
  heldSeries: z.array(heldSchema).optional(),
  studyInstanceUid: z.string(),
  seriesInstanceUid: z.string().optional(),
  studyStartedAt: z.string(),
  startedPrecision: z.literal('day').optional(),
  studyChoiceReason: z.string(),
  ensemble: z.object({
    id: z.string(),
    version: z.string(),
    digest: z.string(),
    networks: z.array(
      z.object({ network: z.string(), displayName: z.string(), version: z.string(), digest: z.string() }),
    ),
  }),
  report: z.object({
    series: z.array(seriesSchema),
    quality: z.array(
      z.object({
        code: z.string(),
        outcome: z.enum(['passed', 'warned', 'failed', 'not-assessed']),
        measured: z.string(),
        limit: z.string(),
      }),
    ),
    acquisition: z.record(z.string(), z.union([z.string(), z.number()])),
    stagesMs: z.record(z.string(), z.number()),
  }),
  stagesMs: z.record(z.string(), z.number()),
});

export type StudyRecord = Pick<
  StudyAssessment,
  | 'revision'
  | 'listedSeries'
  | 'heldSeries'
  | 'studyInstanceUid'
  | 'seriesInstanceUid'
  | 'studyStartedAt'
  | 'startedPrecision'
  | 'studyChoiceReason'
  | 'ensemble'
  | 'report'
  | 'stagesMs'
>;

export const STUDY_RECORD_REFERENCE = `#${CONTAINED_ID}`;

export function toStudyRecord(assessment: StudyAssessment): DocumentReference {
  const { seriesInstanceUid, startedPrecision, revision, listedSeries, heldSeries } = assessment;
  const record: z.infer<typeof recordSchema> = {
    format: FORMAT,
    ...(revision === undefined ? {} : { revision }),
    ...(listedSeries === undefined ? {} : { listedSeries: [...listedSeries] }),
    ...(heldSeries === undefined ? {} : { heldSeries: [...heldSeries] }),
    studyInstanceUid: assessment.studyInstanceUid,
    ...(seriesInstanceUid === undefined ? {} : { seriesInstanceUid }),
    studyStartedAt: assessment.studyStartedAt,
    ...(startedPrecision === undefined ? {} : { startedPrecision }),
    studyChoiceReason: assessment.studyChoiceReason,
    ensemble: { ...assessment.ensemble, networks: [...assessment.ensemble.networks] },
    report: {
      series: assessment.report.series.map((series) => ({ ...series, reasons: [...series.reasons] })),
      quality: [...assessment.report.quality],
      acquisition: assessment.report.acquisition,
      stagesMs: assessment.report.stagesMs,
    },
    stagesMs: assessment.stagesMs,
  };
  const bytes = Buffer.from(JSON.stringify(record));
  return {
    resourceType: 'DocumentReference',
    id: CONTAINED_ID,
    status: 'current',
    description: 'How the study was read: series, quality gate, networks, times',
    content: [
      {
        attachment: {
          contentType: 'application/json',
          data: bytes.toString('base64'),
          size: bytes.byteLength,
          // FHIR R4 Attachment.hash is SHA-1 by definition; it guards against damage, not against forgery.
          hash: createHash('sha1').update(bytes).digest('base64'),
        },
      },
    ],
  };
}

/** Undefined when the document is missing, damaged or of another format. */
export function fromStudyRecord(document: unknown): StudyRecord | undefined {
  const attachment = z
    .object({ content: z.tuple([z.object({ attachment: z.object({ data: z.base64(), hash: z.string() }) })]) })
    .safeParse(document).data?.content[0].attachment;
  if (!attachment) return undefined;
  const bytes = Buffer.from(attachment.data, 'base64');
  if (createHash('sha1').update(bytes).digest('base64') !== attachment.hash) return undefined;
  const record = recordSchema.safeParse(parseJson(bytes.toString('utf8'))).data;
  return record && toPlainRecord(record);
}

function toPlainRecord(record: z.infer<typeof recordSchema>): StudyRecord {
  const { seriesInstanceUid, startedPrecision, report, revision, listedSeries, heldSeries } = record;
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(listedSeries === undefined ? {} : { listedSeries: listedSeries.map(toPlainListed) }),
    ...(heldSeries === undefined
      ? {}
      : { heldSeries: heldSeries.map(({ digest, ...held }) => (digest === undefined ? held : { ...held, digest })) }),
    studyInstanceUid: record.studyInstanceUid,
    ...(seriesInstanceUid === undefined ? {} : { seriesInstanceUid }),
    studyStartedAt: record.studyStartedAt,
    ...(startedPrecision === undefined ? {} : { startedPrecision }),
    studyChoiceReason: record.studyChoiceReason,
    ensemble: record.ensemble,
    report: {
      ...report,
      series: report.series.map(({ score, ...series }) => (score === undefined ? series : { ...series, score })),
    },
    stagesMs: record.stagesMs,
  };
}

/** Without the keys that zod leaves as undefined. */
function toPlainListed({ seriesInstanceUid, modality, numberOfInstances }: z.infer<typeof listedSchema>) {
  return {
    seriesInstanceUid,
    ...(modality === undefined ? {} : { modality }),
    ...(numberOfInstances === undefined ? {} : { numberOfInstances }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
