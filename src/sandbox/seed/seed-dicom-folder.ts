/**
 * Any folder of DICOM files as one more patient's preoperative CT. Files are read wherever they lie below it;
 * what is no DICOM image is counted and left out. The headers stay as they are: only the chart's study time is
 * moved before the order, and says so. Names never leave the files.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, toFault } from '../../errors.ts';
import { readText } from '../pacs/dicom-json.ts';
import { isDicomFile, type StoredInstance } from '../pacs/read-instance.ts';
import { createImagingStudy } from './imaging-study.ts';
import { createChartResources } from './patient-resources.ts';
import type { SeedTarget } from './seed-target.ts';

export interface FolderImport {
  readonly patientId: string;
  /** Largest CT study first. */
  readonly studyInstanceUids: readonly string[];
  readonly instances: number;
  /** Files that are no DICOM images. */
  readonly skipped: number;
}

export interface FolderImportOptions {
  readonly directory: string;
  readonly patientId: string;
  readonly now: Date;
  readonly maximumBytes?: number;
}

const MAXIMUM_BYTES = 1.5 * 1024 ** 3;
/** The largest study is this old in the chart; every further one a little older. */
const MINUTES_BEFORE_NOW = 40;

/** Throws Fault `not-found` (no such folder), `dicom-malformed` (no CT in it) or `request-too-large`. */
export async function seedDicomFolder(target: SeedTarget, options: FolderImportOptions): Promise<FolderImport> {
  const { instances, skipped } = await storeFolder(target, options);
  const studies = groupByStudy(instances);
  if (!instances.some((instance) => readText(instance.metadata, '00080060') === 'CT')) {
    throw new Fault('dicom-malformed', `No CT images among the ${String(instances.length)} DICOM files of this folder`);
  }
  await addPatient(target, options, instances);
  let minutes = MINUTES_BEFORE_NOW;
  for (const [index, study] of studies.entries()) {
    await target.addResource(createImagingStudy(toFacts(options, study, index, minutes), study));
    minutes += 10;
  }
  return {
    patientId: options.patientId,
    studyInstanceUids: studies.map(([first]) => first?.studyInstanceUid ?? ''),
    instances: instances.length,
    skipped,
  };
}

async function storeFolder(target: SeedTarget, options: FolderImportOptions) {
  const instances: StoredInstance[] = [];
  let [skipped, bytesRead] = [0, 0];
  for (const path of await listFiles(options.directory)) {
    const bytes = new Uint8Array(await readFile(path));
    const instance = tryStore(target, bytes);
    if (!instance) {
      skipped += 1;
      continue;
    }
    instances.push(instance);
    bytesRead += bytes.length;
    if (bytesRead > (options.maximumBytes ?? MAXIMUM_BYTES)) {
      throw new Fault('request-too-large', 'The folder holds more DICOM data than the sandbox keeps in memory');
    }
  }
  return { instances, skipped };
}

async function listFiles(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    throw new Fault('not-found', 'The CT folder cannot be read', { cause });
  }
}

/** A DICOMDIR and other files without an image are no part of the CT, as are files that are no DICOM. */
function tryStore(target: SeedTarget, bytes: Uint8Array): StoredInstance | undefined {
  if (!isDicomFile(bytes)) return undefined;
  try {
    return target.storeInstance(bytes);
  } catch (error) {
    if (toFault(error).code === 'dicom-malformed') return undefined;
    throw error;
  }
}

function groupByStudy(instances: readonly StoredInstance[]): readonly (readonly StoredInstance[])[] {
  const groups = new Map<string, StoredInstance[]>();
  for (const instance of instances) {
    const group = groups.get(instance.studyInstanceUid);
    if (group) group.push(instance);
    else groups.set(instance.studyInstanceUid, [instance]);
  }
  return [...groups.values()].sort((one, other) => other.length - one.length);
}

const SEXES = { M: 'male', F: 'female', O: 'other' } as const;

async function addPatient(target: SeedTarget, options: FolderImportOptions, instances: readonly StoredInstance[]) {
  const header = instances[0]?.metadata ?? {};
  const birthDate = readText(header, '00100030').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  const sex = readText(header, '00100040');
  const resources = createChartResources({
    id: options.patientId,
    family: 'Imported CT',
    given: 'from folder',
    gender: sex in SEXES ? SEXES[sex as keyof typeof SEXES] : 'unknown',
    ...(/^\d{4}-\d{2}-\d{2}$/.test(birthDate) ? { birthDate } : {}),
    recordNumber: readText(header, '00100020') || 'SBX-FOLDER',
    reason: 'CT imported from a folder; everything else about this patient is unknown',
    location: 'Import',
    arrivedAt: new Date(options.now.getTime() - 90 * 60_000).toISOString(),
    facts: {},
  });
  for (const resource of resources) await target.addResource(resource);
}

function toFacts(options: FolderImportOptions, study: readonly StoredInstance[], index: number, minutes: number) {
  const recorded = readText(study[0]?.metadata ?? {}, '00080020');
  const was = recorded === '' ? 'the header names no date' : `the header says ${recorded}`;
  return {
    id: `${options.patientId}-ct-${String(index + 1)}`,
    patientId: options.patientId,
    encounterId: `${options.patientId}-encounter`,
    startedAt: new Date(options.now.getTime() - minutes * 60_000).toISOString(),
    note: `Study time moved to ${String(minutes)} min before the sandbox started (${was}); the images are unchanged`,
  };
}
