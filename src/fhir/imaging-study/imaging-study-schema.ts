/**
 * The part of ImagingStudy, Endpoint and Bundle (FHIR R4) that this service reads, as anybody may send it.
 * Unknown elements are dropped; a study whose known elements have the wrong shape is not read at all.
 */
import { z } from 'zod';

const codingSchema = z.object({
  system: z.string().optional(),
  code: z.string().optional(),
  display: z.string().optional(),
});
const conceptSchema = z.object({ coding: z.array(codingSchema).optional(), text: z.string().optional() });
const referenceSchema = z.object({ reference: z.string().optional() });

export const endpointSchema = z.object({
  resourceType: z.literal('Endpoint'),
  id: z.string().optional(),
  status: z.string().optional(),
  connectionType: codingSchema.optional(),
  address: z.string(),
});

const seriesSchema = z.object({
  uid: z.string(),
  modality: codingSchema.optional(),
  description: z.string().optional(),
  numberOfInstances: z.number().int().nonnegative().optional(),
  bodySite: codingSchema.optional(),
  started: z.string().optional(),
  endpoint: z.array(referenceSchema).optional(),
});

export const imagingStudySchema = z.object({
  resourceType: z.literal('ImagingStudy'),
  id: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/),
  meta: z.object({ lastUpdated: z.string().optional() }).optional(),
  status: z.string(),
  identifier: z.array(z.object({ system: z.string().optional(), value: z.string().optional() })).optional(),
  modality: z.array(codingSchema).optional(),
  subject: referenceSchema,
  started: z.string().optional(),
  description: z.string().optional(),
  procedureCode: z.array(conceptSchema).optional(),
  endpoint: z.array(referenceSchema).optional(),
  series: z.array(seriesSchema).optional(),
  contained: z.array(z.unknown()).optional(),
});

export const searchsetSchema = z.object({
  resourceType: z.literal('Bundle'),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).optional(),
  entry: z
    .array(
      z.object({
        fullUrl: z.string().optional(),
        resource: z.looseObject({ resourceType: z.string() }).optional(),
      }),
    )
    .optional(),
});

export type ImagingStudyFacts = z.infer<typeof imagingStudySchema>;
export type SeriesFacts = z.infer<typeof seriesSchema>;
export type EndpointFacts = z.infer<typeof endpointSchema>;
export type Searchset = z.infer<typeof searchsetSchema>;

/** DICOM PS3.5 9.1: at most 64 characters, digits and dots, no empty component. */
const UID = /^(?=.{1,64}$)\d+(\.\d+)*$/;

/** FHIR R4 imagingstudy: `urn:dicom:uid` with `urn:oid:<uid>`; a bare uid is met too. Undefined when there is none. */
export function findStudyInstanceUid(study: ImagingStudyFacts): string | undefined {
  return study.identifier
    ?.filter(({ system }) => system === 'urn:dicom:uid')
    .map(({ value }) => value?.replace(/^urn:oid:/, '') ?? '')
    .find((value) => UID.test(value));
}
