/**
 * The patient's chart on a FHIR R4 server: the port `Chart` of the domain, by Medplum's client. Reads at order
 * time use the prefetch, then the caller's server with the caller's token, then our own; writes are always ours.
 */
import { abstain } from '../assessment/domain/abstention.ts';
import type { Abstention } from '../assessment/domain/abstention.ts';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { Chart, CtSearch } from '../assessment/domain/ports.ts';
import { Fault, isFault } from '../errors.ts';
import { createCallerToken } from './access/access-tokens.ts';
import type { AccessTokens } from './access/access-tokens.ts';
import { createFhirConnection } from './access/fhir-connection.ts';
import type { FhirConnection } from './access/fhir-connection.ts';
import { requireListed } from './access/server-address.ts';
import type { Network, ServiceIdentity } from './assessment/devices.ts';
import { findAssessment, findCurrentAssessment } from './assessment/find-assessment.ts';
import { recordAssessment } from './assessment/record-assessment.ts';
import { judge, toCandidate } from './imaging-study/choose-study.ts';
import { findWadoRsBase } from './imaging-study/endpoints.ts';
import { findPreoperativeCt, isNewestFirst, searchStudies, toCtStudy } from './imaging-study/find-studies.ts';
import { readPatientIdentifiers } from './imaging-study/patient-identifiers.ts';
import { imagingStudySchema } from './imaging-study/imaging-study-schema.ts';
import type { HeadCtCodes } from './imaging-study/judge-study.ts';
import type { StudyPage } from './imaging-study/read-prefetch.ts';

export interface MedplumChartOptions {
  /** FHIR base address of our own server. */
  readonly baseUrl: string;
  /** Our own token: see access/token-endpoint.ts, or createNoTokens(). */
  readonly tokens: AccessTokens;
  /** Callers' FHIR servers (origins or bases) that may be read with the caller's token. */
  readonly allowedCallerServers: readonly string[];
  /** Value sets of fhir-profiles/generated, as the site edited them. */
  readonly headCtCodes: HeadCtCodes;
  readonly service: ServiceIdentity;
  /** Markdown of a network's model card; undefined where there is none. */
  readonly readModelCard?: (network: Network) => string | undefined;
  /** Of one exchange. Default 10 s. */
  readonly timeoutMs?: number;
  /** Told of every sweep that had to leave studies unread. */
  readonly onSweepCut?: (cut: SweepCut) => void;
}

export interface SweepCut {
  /** Imaging studies of any kind that were read. */
  readonly studies: number;
  /** False: the server did not sort, so a new CT may be among those left. */
  readonly newestFirst: boolean;
}

interface Reading {
  readonly own: FhirConnection;
  readonly codes: HeadCtCodes;
  /** Base addresses under which our patients are known. */
  readonly servers: readonly string[];
}

type CallOptions = Parameters<Chart['readCtStudy']>[1];

/** Six hours of a large hospital fit in 20 pages of 50, newest first; what is older was new to an earlier sweep. */
const SWEEP_PAGES = 20;

export function createMedplumChart(options: MedplumChartOptions): Chart {
  const { timeoutMs } = options;
  const connect = (baseUrl: string, tokens: AccessTokens, identity: 'service' | 'caller') =>
    createFhirConnection({ baseUrl, tokens, identity, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const own = connect(options.baseUrl, options.tokens, 'service');
  const connectFor = (search: CtSearch): FhirConnection => {
    const { callerAccess } = search;
    if (!callerAccess) return own;
    const server = requireListed(callerAccess.fhirServer, options.allowedCallerServers);
    return connect(server.href, createCallerToken(callerAccess.accessToken), 'caller');
  };
  const reading = { own, codes: options.headCtCodes, servers: [own.address, ...options.allowedCallerServers] };
  const writing = {
    service: options.service,
    serverAddress: own.address,
    readModelCard: options.readModelCard ?? (() => undefined),
  };

  return {
    findPreoperativeCt: (search, call) =>
      findPreoperativeCt(search, { ...reading, connect: () => connectFor(search) }, call),
    findRecentHeadCts: async (since, call) => {
      const page = await searchStudies(own, [['started', `ge${since}`]], { ...call, mostPages: SWEEP_PAGES });
      if (page.next !== undefined) {
        options.onSweepCut?.({ studies: page.studies.length, newestFirst: isNewestFirst(page) });
      }
      return listHeadCts(page, reading);
    },
    readCtStudy: (imagingStudyId, call) => readCtStudy(reading, imagingStudyId, call),
    findCurrentAssessment: (firstKey, call) => findCurrentAssessment(own, firstKey, call),
    findAssessment: (key, call) => findAssessment(own, key, call),
    recordAssessment: (assessment, call) => recordAssessment(own, assessment, writing, call),
    isReachable: (call) => isReachable(own, call),
  };
}

/**
 * Only studies that say they are head CT, oldest first: the sweep must not analyse every chest. The server is not
 * asked for `modality=CT`: in R4 that finds series, and a study without series detail would never be seen.
 */
function listHeadCts(page: StudyPage, { codes, servers }: Reading): readonly CtStudy[] {
  return page.studies
    .map((study) => judge(study, codes, servers))
    .filter(({ verdict }) => verdict.kind === 'head')
    .flatMap(toCandidate)
    .toSorted((a, b) => a.time.startedAt.localeCompare(b.time.startedAt))
    .map((one) => toCtStudy({ ...one, reason: 'arrived since the last sweep' }));
}

async function readCtStudy(
  { own, codes, servers }: Reading,
  imagingStudyId: string,
  call: CallOptions,
): Promise<CtStudy | Abstention> {
  let resource: unknown;
  try {
    resource = await own.read(`ImagingStudy/${imagingStudyId}`, call);
  } catch (error) {
    if (!isFault(error) || error.code !== 'not-found') throw error;
    return abstain('no-imaging-study', 'The imaging study is no longer in the chart.');
  }
  const study = imagingStudySchema.safeParse(resource);
  if (!study.success) throw new Fault('fhir-refused', 'The ImagingStudy in the chart cannot be read');
  const judged = judge(study.data, codes, servers);
  if (judged.verdict.kind === 'refused') return toRefusal(judged.verdict.because);
  if (judged.patientId === undefined) {
    return abstain('no-preoperative-ct', 'The imaging study is of no patient of this chart.');
  }
  const [candidate] = toCandidate(judged);
  if (!candidate) {
    return abstain('no-preoperative-ct', 'The imaging study says neither its time nor its DICOM study UID.');
  }
  const choice = { ...candidate, reason: `read by its id (${judged.verdict.because})` };
  const found = toCtStudy(choice);
  const wadoRsBaseUrl = await findWadoRsBase(study.data, choice.studyInstanceUid, own, call);
  return {
    ...found,
    ...(wadoRsBaseUrl === undefined ? {} : { wadoRsBaseUrl }),
    patientIdentifiers: await readPatientIdentifiers(own, found.patientId, call),
  };
}

function toRefusal(because: 'not-available' | 'not-ct' | 'not-head' | 'contrast-only'): Abstention {
  if (because === 'contrast-only') return abstain('contrast-enhanced', 'The study holds no CT without contrast.');
  if (because === 'not-head') return abstain('not-head', 'The study is of another body part.');
  const detail =
    because === 'not-ct' ? 'The study is not a CT.' : 'The study is not available (cancelled or not done).';
  return abstain('no-preoperative-ct', detail);
}

/** One small search proves the address, the token and the right to read. */
async function isReachable(own: FhirConnection, call: CallOptions): Promise<boolean> {
  try {
    await own.search(
      'ImagingStudy',
      [
        ['_count', '1'],
        ['_elements', 'id'],
      ],
      call,
    );
    return true;
  } catch (error) {
    if (isFault(error)) return false;
    throw error;
  }
}
