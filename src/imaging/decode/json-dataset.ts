/**
 * The DICOM JSON model (PS3.18 Annex F) as a Dataset. Bulk data URIs are never followed.
 * Throws Fault `pacs-answer-malformed` when the answer is not an array of such objects.
 */
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import { allFinite, type Dataset } from './dataset.ts';
import { toJsonKey } from './tags.ts';

const elementSchema = z.object({ vr: z.string().optional(), Value: z.array(z.unknown()).optional() });
const datasetSchema = z.record(z.string(), z.unknown());
const answerSchema = z.array(datasetSchema);

export type JsonObject = z.infer<typeof datasetSchema>;

/** @param bytes the body of a `application/dicom+json` answer. */
export function parseDicomJson(bytes: Uint8Array): readonly Dataset[] {
  return parseDicomJsonObjects(bytes).map((object) => createJsonDataset(object));
}

/** The same, as it came: for whoever copies attributes instead of reading facts. */
export function parseDicomJsonObjects(bytes: Uint8Array): readonly JsonObject[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Fault('pacs-answer-malformed', 'The PACS answered something that is not JSON', { cause });
  }
  const answer = answerSchema.safeParse(parsed);
  if (!answer.success) {
    throw new Fault('pacs-answer-malformed', 'The PACS answered JSON that is not an array of DICOM datasets');
  }
  return answer.data;
}

export function createJsonDataset(object: JsonObject): Dataset {
  const values = (tag: number): readonly unknown[] => {
    const element = elementSchema.safeParse(object[toJsonKey(tag)]);
    return element.success ? (element.data.Value ?? []) : [];
  };
  return {
    strings: ({ tag }) =>
      values(tag)
        .filter((value) => typeof value === 'string' || typeof value === 'number')
        .map((value) => String(value).trim())
        .filter((value) => value !== ''),
    numbers: ({ tag }) => allFinite(values(tag).map((value) => toFiniteNumber(value))),
    items: ({ tag }) =>
      values(tag).flatMap((value) => {
        const item = datasetSchema.safeParse(value);
        return item.success ? [createJsonDataset(item.data)] : [];
      }),
  };
}

/** DS and IS may be carried as JSON strings (PS3.18 F.2.3, since 2019). */
function toFiniteNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}
