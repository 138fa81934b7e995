/**
 * QIDO-RS (PS3.18 10.6): matching keys and the attributes returned per level, declared as data.
 * A key this archive does not know is refused with 400 rather than ignored: ignoring one widens the answer.
 */
import { Fault } from '../../errors.ts';
import { readText, type DicomJson } from './dicom-json.ts';
import type { InstanceIndex } from './instance-index.ts';
import type { StoredInstance } from './read-instance.ts';

export type SearchLevel = 'studies' | 'series' | 'instances';

interface LevelRules {
  readonly uid: 'studyInstanceUid' | 'seriesInstanceUid' | 'sopInstanceUid';
  /** Keyword -> tag of what may be matched on. */
  readonly keys: Readonly<Record<string, string>>;
  readonly returned: readonly string[];
}

const STUDY_KEYS = {
  StudyInstanceUID: '0020000D',
  PatientID: '00100020',
  PatientName: '00100010',
  StudyDate: '00080020',
  AccessionNumber: '00080050',
  StudyID: '00200010',
  ModalitiesInStudy: '00080060',
};
const SERIES_KEYS = {
  StudyInstanceUID: '0020000D',
  SeriesInstanceUID: '0020000E',
  Modality: '00080060',
  SeriesNumber: '00200011',
};
const INSTANCE_KEYS = {
  ...SERIES_KEYS,
  SOPInstanceUID: '00080018',
  SOPClassUID: '00080016',
  InstanceNumber: '00200013',
};

const RULES: Readonly<Record<SearchLevel, LevelRules>> = {
  studies: {
    uid: 'studyInstanceUid',
    keys: STUDY_KEYS,
    returned: [
      '00080005',
      '00080020',
      '00080030',
      '00080050',
      '00081030',
      '00100010',
      '00100020',
      '0020000D',
      '00200010',
    ],
  },
  series: {
    uid: 'seriesInstanceUid',
    keys: SERIES_KEYS,
    returned: ['00080005', '00080060', '0008103E', '0020000D', '0020000E', '00200011', '00180015'],
  },
  instances: {
    uid: 'sopInstanceUid',
    keys: INSTANCE_KEYS,
    returned: [
      '00080005',
      '00080016',
      '00080018',
      '0020000D',
      '0020000E',
      '00200013',
      '00280010',
      '00280011',
      '00280100',
    ],
  },
};

export interface SearchRequest {
  readonly level: SearchLevel;
  readonly address: { readonly study?: string; readonly series?: string };
  readonly query: Readonly<Record<string, unknown>>;
  /** Base address for the Retrieve URL (0008,1190). */
  readonly baseUrl: string;
}

/** Throws Fault `request-malformed` on an unknown key or a limit that is no count. */
export function searchInstances(index: InstanceIndex, request: SearchRequest): readonly DicomJson[] {
  const rules = RULES[request.level];
  const { limit, offset, filters } = parseQuery(rules, request.query);
  const groups = new Map<string, StoredInstance[]>();
  for (const instance of index.list(request.address)) {
    const group = groups.get(instance[rules.uid]);
    if (group) group.push(instance);
    else groups.set(instance[rules.uid], [instance]);
  }
  return [...groups.values()]
    .filter((group) => filters.every(([tag, wanted]) => group.some(({ metadata }) => matches(metadata, tag, wanted))))
    .slice(offset, offset + limit)
    .map((group) => describe(request, rules, group));
}

function parseQuery(rules: LevelRules, query: Readonly<Record<string, unknown>>) {
  const filters: [string, string][] = [];
  let [limit, offset] = [Number.POSITIVE_INFINITY, 0];
  for (const [key, value] of Object.entries(query)) {
    if (typeof value !== 'string' && key !== 'includefield') throw malformed(`Matching key ${key} stands twice`);
    if (key === 'includefield' || key === 'fuzzymatching') continue;
    if (key === 'limit') limit = toCount(value);
    else if (key === 'offset') offset = toCount(value);
    else {
      const tag = rules.keys[key] ?? Object.values(rules.keys).find((known) => known === key.toUpperCase());
      if (tag === undefined) throw malformed(`Matching key ${key} is not supported at this level`);
      filters.push([tag, String(value)]);
    }
  }
  return { limit, offset, filters };
}

function toCount(value: unknown): number {
  if (!/^\d+$/.test(String(value))) throw malformed('limit and offset are counts');
  return Number(value);
}

function malformed(message: string): Fault {
  return new Fault('request-malformed', message);
}

/** Single value, list of UIDs, wildcard and date range matching of PS3.4 C.2.2.2. */
function matches(metadata: DicomJson, tag: string, wanted: string): boolean {
  const value = readText(metadata, tag);
  if (wanted === '' || wanted === '*') return true;
  if (tag === STUDY_KEYS.StudyDate && wanted.includes('-')) {
    const [from = '', to = ''] = wanted.split('-');
    return value !== '' && value >= from && (to === '' || value <= to);
  }
  if (/[*?]/.test(wanted)) {
    const pattern = wanted
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${pattern}$`, 'i').test(value);
  }
  return wanted.split(/[,\\]/).includes(value);
}

function describe(request: SearchRequest, rules: LevelRules, group: readonly StoredInstance[]): DicomJson {
  const [first] = group;
  if (!first) return {};
  const json: DicomJson = {};
  for (const tag of rules.returned) {
    const element = first.metadata[tag];
    if (element) json[tag] = element;
  }
  const study = `${request.baseUrl}/studies/${first.studyInstanceUid}`;
  const series = `${study}/series/${first.seriesInstanceUid}`;
  const url = { studies: study, series, instances: `${series}/instances/${first.sopInstanceUid}` }[request.level];
  json['00081190'] = { vr: 'UR', Value: [url] };
  if (request.level === 'studies') {
    json['00080061'] = { vr: 'CS', Value: [...new Set(group.map(({ metadata }) => readText(metadata, '00080060')))] };
    json['00201206'] = { vr: 'IS', Value: [new Set(group.map((instance) => instance.seriesInstanceUid)).size] };
    json['00201208'] = { vr: 'IS', Value: [group.length] };
  }
  if (request.level === 'series') json['00201209'] = { vr: 'IS', Value: [group.length] };
  return json;
}
