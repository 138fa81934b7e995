/**
 * STOW-RS (PS3.18 10.5) and the QIDO-RS question that goes before it (10.6). An archive answers per instance, and its
 * HTTP status only sums up: what counts is Referenced SOP Sequence and Failure Reason. Transport faults: pacs-http.ts.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Fault, isFault } from '../../errors.ts';
import { parseDicomJson } from '../decode/json-dataset.ts';
import { ATTRIBUTES } from '../decode/tags.ts';
import { toText } from '../decode/dataset.ts';
import { requireUid } from './dicom-uid.ts';
import type { ResolvedEndpoint } from './pacs-endpoint.ts';
import { askPacs, readBody } from './pacs-http.ts';

export interface StoreInstance {
  readonly sopInstanceUid: string;
  /** A Part 10 file. */
  readonly bytes: Uint8Array;
}

export interface StoreFailure {
  readonly sopInstanceUid: string;
  /** (0008,1197), PS3.4 B.2.3 and PS3.7 C; undefined where the archive named none. */
  readonly reason: number | undefined;
}

export interface StoreAnswer {
  readonly stored: readonly string[];
  readonly failed: readonly StoreFailure[];
}

export interface StoreClient {
  /** UIDs of the instances of one series that the archive holds; none where it does not know study or series. */
  findInstances(study: string, series: string, signal: AbortSignal): Promise<readonly string[]>;
  /** All in one request; each instance ends as stored or failed. Throws Fault when the request as a whole failed. */
  store(study: string, instances: readonly StoreInstance[], signal: AbortSignal): Promise<StoreAnswer>;
}

/** An archive writes before it answers: more patience than for reading. */
const IDLE_TIMEOUT_MS = 60_000;
const MAXIMUM_ANSWER_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = 'application/dicom+json';
/** PS3.18 table 10.5.3-1: none stored, with the reasons in the body. */
const NONE_STORED = 409;

export function createStoreClient(
  endpoint: ResolvedEndpoint,
  { idleTimeoutMs = IDLE_TIMEOUT_MS }: { readonly idleTimeoutMs?: number } = {},
): StoreClient {
  return {
    async findInstances(study, series, signal) {
      const segments = ['studies', requireUid(study), 'series', requireUid(series), 'instances'];
      const none = [404];
      const { status, body } = await askPacs(endpoint, {
        ...{ segments, accept: JSON_TYPE, idleTimeoutMs, signal },
        alsoAnswers: none,
      });
      const bytes = await readBody(body, MAXIMUM_ANSWER_BYTES);
      if (status === 204 || none.includes(status)) return [];
      return parseDicomJson(bytes).map((dataset) => toText(dataset, ATTRIBUTES.sopInstanceUid));
    },
    async store(study, instances, signal) {
      const boundary = `cds-${randomUUID()}`;
      const { status, body } = await askPacs(endpoint, {
        ...{ segments: ['studies', requireUid(study)], accept: JSON_TYPE, idleTimeoutMs, signal },
        post: {
          contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
          pieces: toMultipart(instances, boundary),
        },
        alsoAnswers: [NONE_STORED],
      }).catch(rejectRequest);
      return readAnswer(status, await readBody(body, MAXIMUM_ANSWER_BYTES), instances);
    },
  };
}

/** 401 and 403 are about us and end when somebody mends the settings; 400, 413, 415 are about what was sent. */
function rejectRequest(error: unknown): never {
  if (!isFault(error) || error.code !== 'pacs-refused') throw error;
  const { details } = error;
  if (details['status'] === 401 || details['status'] === 403) throw error;
  throw new Fault('pacs-store-refused', 'The archive refuses to store what was sent', { details, cause: error });
}

function toMultipart(instances: readonly StoreInstance[], boundary: string): readonly Uint8Array[] {
  const line = (text: string) => Buffer.from(text, 'latin1');
  const parts = instances.flatMap(({ bytes }) => [
    line(`--${boundary}\r\nContent-Type: application/dicom\r\nContent-Length: ${String(bytes.length)}\r\n\r\n`),
    bytes,
    line('\r\n'),
  ]);
  return [...parts, line(`--${boundary}--\r\n`)];
}

const referenceSchema = z.object({
  '00081155': z.object({ Value: z.tuple([z.string()]).rest(z.unknown()) }).optional(),
  '00081197': z.object({ Value: z.tuple([z.coerce.number()]).rest(z.unknown()) }).optional(),
});
const sequenceSchema = z.object({ Value: z.array(referenceSchema).default([]) }).optional();
const answerSchema = z.object({ '00081198': sequenceSchema, '00081199': sequenceSchema });

/**
 * What an archive does not mention is not stored, unless it said 200 and nothing at all (some answer an empty body).
 * Throws Fault `pacs-answer-malformed` for a body that is no store response.
 */
function readAnswer(status: number, bytes: Uint8Array, instances: readonly StoreInstance[]): StoreAnswer {
  if (bytes.length === 0 && status === 200) {
    return { stored: instances.map((one) => one.sopInstanceUid), failed: [] };
  }
  const answer = answerSchema.safeParse(parseJson(bytes, status));
  if (!answer.success) throw new Fault('pacs-answer-malformed', 'The archive answered no store response');
  const { '00081198': refused, '00081199': taken } = answer.data;
  const stored = (taken?.Value ?? []).map((one) => one['00081155']?.Value[0] ?? '');
  const reasons = new Map(
    (refused?.Value ?? []).map((one) => [one['00081155']?.Value[0] ?? '', one['00081197']?.Value[0]]),
  );
  const failed = instances
    .map(({ sopInstanceUid }) => sopInstanceUid)
    .filter((uid) => reasons.has(uid) || !stored.includes(uid))
    .map((uid) => ({ sopInstanceUid: uid, reason: reasons.get(uid) }));
  const lost = new Set(failed.map((one) => one.sopInstanceUid));
  return { stored: stored.filter((uid) => !lost.has(uid)), failed };
}

/** One dataset, or (some archives) an array with one. */
function parseJson(bytes: Uint8Array, status: number): unknown {
  try {
    const parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    return Array.isArray(parsed) ? parsed[0] : parsed;
  } catch (cause) {
    if (isFault(cause)) throw cause;
    const details = { status };
    throw new Fault('pacs-answer-malformed', 'The archive answered something that is not JSON', { cause, details });
  }
}
