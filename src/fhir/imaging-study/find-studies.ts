/**
 * Reads imaging studies: from the hook's prefetch where it answers, from the caller's server with the caller's
 * token, else from our own. Pages are followed only below the server they came from.
 */
import type { CtStudy } from '../../assessment/domain/ct-study.ts';
import type { CtSearch, CtSearchResult } from '../../assessment/domain/ports.ts';
import { Fault, isFault } from '../../errors.ts';
import type { FhirConnection, SearchParameters } from '../access/fhir-connection.ts';
import { chooseStudy } from './choose-study.ts';
import type { StudyChoice } from './choose-study.ts';
import type { HeadCtCodes } from './judge-study.ts';
import { findStudyTime } from './study-time.ts';
import type { StudyTime } from './study-time.ts';
import { readPrefetch, toStudyPage } from './read-prefetch.ts';
import type { StudyPage } from './read-prefetch.ts';

interface CallOptions {
  readonly signal: AbortSignal;
}

const PAGE_SIZE = '50';
/** Newest first, so the first page decides; the rest is for servers that do not sort. */
const MOST_PAGES = 5;

/** Reads studies page by page, newest first as far as the server sorts; `criteria` is never left out. */
export async function searchStudies(
  connection: FhirConnection,
  criteria: SearchParameters,
  options: CallOptions & { readonly mostPages?: number },
): Promise<StudyPage> {
  return followPages(connection, await searchFirstPage(connection, criteria, options), options);
}

/** `_sort` is a courtesy of the server: where it is refused (400) it is asked without. */
async function searchFirstPage(
  connection: FhirConnection,
  criteria: SearchParameters,
  options: CallOptions,
): Promise<StudyPage> {
  const plain: SearchParameters = [...criteria, ['_count', PAGE_SIZE]];
  try {
    return requirePage(await connection.search('ImagingStudy', [...plain, ['_sort', '-started']], options));
  } catch (error) {
    if (!isFault(error) || error.code !== 'fhir-refused' || error.details['status'] !== 400) throw error;
  }
  return requirePage(await connection.search('ImagingStudy', plain, options));
}

/** Adds the following pages; throws `fhir-not-allowed` when a link leads elsewhere. */
export async function followPages(
  connection: FhirConnection,
  first: StudyPage,
  options: CallOptions & { readonly mostPages?: number },
): Promise<StudyPage> {
  let all = first;
  for (let page = 1; all.next !== undefined && page < (options.mostPages ?? MOST_PAGES); page += 1) {
    const more = requirePage(await connection.page(all.next, options));
    all = { studies: [...all.studies, ...more.studies], next: more.next };
  }
  return all;
}

function requirePage(value: unknown): StudyPage {
  const page = toStudyPage(value);
  if (!page) throw new Fault('fhir-unavailable', 'The search answer is not a Bundle', { retryable: true });
  return page;
}

export interface StudySources {
  /** The caller's server where the call brings access, else our own. Throws `fhir-not-allowed`. */
  readonly connect: () => FhirConnection;
  readonly codes: HeadCtCodes;
  /** Base addresses that an absolute reference to the patient may have. */
  readonly servers: readonly string[];
}

/** The order's CT, or why there is none. */
export async function findPreoperativeCt(
  search: CtSearch,
  sources: StudySources,
  options: CallOptions,
): Promise<CtSearchResult> {
  const page = await findPage(search, sources, options);
  const choice = chooseStudy(page.studies, search, sources.codes, sources.servers);
  if (choice.kind === 'abstained') return choice;
  return { kind: 'found', study: toCtStudy(choice), ...(choice.unread && { unread: toStart(choice.unread) }) };
}

function findPage(search: CtSearch, sources: StudySources, options: CallOptions): Promise<StudyPage> {
  const prefetched = readPrefetch(search.prefetched);
  if (prefetched.kind === 'nothing') return Promise.resolve({ studies: [], next: undefined });
  if (prefetched.kind === 'not-answered') return searchPatient(search, sources, options);
  return completePrefetch(prefetched.page, search, sources, options);
}

/** A page that is sure to hold the latest CT is enough; otherwise the rest is read, or the whole search done again. */
async function completePrefetch(
  page: StudyPage,
  search: CtSearch,
  sources: StudySources,
  options: CallOptions,
): Promise<StudyPage> {
  if (page.next === undefined || holdsLatestHeadCt(page, search, sources)) return page;
  try {
    return await followPages(sources.connect(), page, options);
  } catch (error) {
    if (!isFault(error) || error.code !== 'fhir-not-allowed') throw error;
    return searchPatient(search, sources, options);
  }
}

async function searchPatient(search: CtSearch, sources: StudySources, options: CallOptions): Promise<StudyPage> {
  const connection = sources.connect();
  const first = await searchFirstPage(connection, [['patient', `Patient/${search.patientId}`]], options);
  if (holdsLatestHeadCt(first, search, sources)) return first;
  return followPages(connection, first, options);
}

/** A head CT of an unsorted page may be followed by a later one. */
function holdsLatestHeadCt(page: StudyPage, search: CtSearch, { codes, servers }: StudySources): boolean {
  if (!isNewestFirst(page)) return false;
  const choice = chooseStudy(page.studies, search, codes, servers);
  return choice.kind === 'chosen' && choice.judged.verdict.kind === 'head';
}

/** The server sorted as it was asked to, so that what follows is older; a page of one study shows nothing. */
export function isNewestFirst({ studies }: StudyPage): boolean {
  const times = studies.map((study) => findStudyTime(study)?.startedAt ?? '');
  return studies.length > 1 && times.every((time, index) => index === 0 || time <= (times[index - 1] ?? ''));
}

/** The study as the rest of the service knows it; where its pixels are is asked only when they are fetched (endpoints.ts). */
export function toCtStudy(choice: Omit<StudyChoice, 'kind'>): CtStudy {
  const { study } = choice.judged;
  return {
    imagingStudyId: study.id,
    studyInstanceUid: choice.studyInstanceUid,
    patientId: choice.patientId,
    ...toStart(choice.time),
    ...(study.description === undefined ? {} : { description: study.description }),
    series: (study.series ?? []).map(({ uid, modality, numberOfInstances }) => ({
      seriesInstanceUid: uid.replace(/^urn:oid:/, ''),
      ...(modality?.code === undefined ? {} : { modality: modality.code }),
      ...(numberOfInstances === undefined ? {} : { numberOfInstances }),
    })),
    ...(study.meta?.lastUpdated === undefined ? {} : { changedAt: study.meta.lastUpdated }),
    choiceReason: choice.reason,
  };
}

function toStart({ startedAt, precision }: StudyTime): Pick<CtStudy, 'startedAt' | 'startedPrecision'> {
  return precision === 'day' ? { startedAt, startedPrecision: 'day' } : { startedAt };
}
