/**
 * What this service asks a PACS (DICOM PS3.18): which series has a study, which instances a series (QIDO-RS 10.6), what
 * do they say (WADO-RS metadata 10.4.1.1.5), and the instances themselves (10.4.1.1.2, one streamed request per series). Every answer is bounded in bytes, parts and silence. Errors: pacs-http.ts, multipart-reader.ts.
 */
import { Fault, isFault } from '../../errors.ts';
import { requireUid } from './dicom-uid.ts';
import { askPacs, readBody, toTransportFault, type PacsAnswer } from './pacs-http.ts';
import type { ResolvedEndpoint } from './pacs-endpoint.ts';
import { readBoundary, readMultipart, type MultipartPart } from './multipart-reader.ts';

export interface PacsLimits {
  readonly idleTimeoutMs: number;
  readonly maximumMetadataBytes: number;
  readonly maximumPartBytes: number;
  readonly maximumSeriesBytes: number;
  readonly maximumInstances: number;
}

export interface DicomwebClient {
  /** QIDO-RS series of a study as DICOM JSON bytes. */
  searchForSeries(studyInstanceUid: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** QIDO-RS instances of a series as DICOM JSON bytes; an archive may cut a long list. */
  searchForInstances(study: string, series: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** WADO-RS metadata of every instance of a series as DICOM JSON bytes. */
  retrieveSeriesMetadata(study: string, series: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** Part 10 files in the order the PACS sends them, which means nothing. */
  retrieveSeries(study: string, series: string, signal: AbortSignal): AsyncGenerator<MultipartPart, void, undefined>;
}

const JSON_TYPE = 'application/dicom+json';
const MAXIMUM_HEADER_BYTES = 8 * 1024;

/** Asked in this order: as stored, then explicit little endian, then whatever the PACS likes (PACS differ on `*`). */
const TRANSFER_SYNTAX_PARAMETERS = ['; transfer-syntax=*', '; transfer-syntax=1.2.840.10008.1.2.1', ''] as const;
const NEGOTIABLE = new Set([400, 406, 415]);

export function createDicomwebClient(endpoint: ResolvedEndpoint, limits: PacsLimits): DicomwebClient {
  const { idleTimeoutMs } = limits;
  const getJson = async (segments: readonly string[], signal: AbortSignal, query = {}) => {
    const { status, body } = await askPacs(endpoint, { segments, query, accept: JSON_TYPE, idleTimeoutMs, signal });
    const bytes = await readBody(body, limits.maximumMetadataBytes);
    return status === 204 ? new TextEncoder().encode('[]') : bytes;
  };
  return {
    searchForSeries: async (study, signal) =>
      getJson(['studies', requireUid(study), 'series'], signal, { includefield: '0008103E' }),
    searchForInstances: async (study, series, signal) =>
      getJson(['studies', requireUid(study), 'series', requireUid(series), 'instances'], signal),
    retrieveSeriesMetadata: async (study, series, signal) =>
      getJson(['studies', requireUid(study), 'series', requireUid(series), 'metadata'], signal),
    async *retrieveSeries(study, series, signal) {
      const segments = ['studies', requireUid(study), 'series', requireUid(series)];
      const answer = await negotiate((accept) => askPacs(endpoint, { segments, accept, idleTimeoutMs, signal }));
      const boundary = readBoundary(answer.contentType);
      if (boundary === undefined) {
        answer.body.destroy();
        throw new Fault('pacs-answer-malformed', 'The PACS did not answer with multipart/related');
      }
      try {
        yield* readMultipart(answer.body as AsyncIterable<Uint8Array>, boundary, {
          maximumHeaderBytes: MAXIMUM_HEADER_BYTES,
          maximumPartBytes: limits.maximumPartBytes,
          maximumParts: limits.maximumInstances,
          maximumTotalBytes: limits.maximumSeriesBytes,
        });
      } catch (error) {
        throw toTransportFault(error);
      } finally {
        answer.body.destroy();
      }
    },
  };
}

async function negotiate(get: (accept: string) => Promise<PacsAnswer>): Promise<PacsAnswer> {
  let refusal: unknown;
  for (const parameter of TRANSFER_SYNTAX_PARAMETERS) {
    try {
      return await get(`multipart/related; type="application/dicom"${parameter}`);
    } catch (error) {
      if (!isFault(error) || !NEGOTIABLE.has(Number(error.details.status))) throw error;
      refusal = error;
    }
  }
  throw refusal;
}
