/**
 * Makes results.json, the forest plots and docs/published-evidence.md out of the studies.
 *
 *   node evidence/build.ts           writes them; needs R with metafor
 *   node evidence/build.ts --check   fails where the committed files are not what the studies say; without R only the
 *                                    numbers themselves are taken as they stand
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildResults, digestLibrary } from './build-results.ts';
import { drawForest } from './draw-forest.ts';
import { findDifferences } from './find-differences.ts';
import { loadPublishedEvidence, type PublishedEvidence } from './published-evidence.ts';
import { NEEDED_PACKAGES, hasMetafor, runMetafor } from './run-metafor.ts';
import { readStudyLibrary } from './study-schema.ts';
import { writeReport } from './write-report.ts';

const HERE = import.meta.dirname;
const REPOSITORY = join(HERE, '..');
const RESULTS = join(HERE, 'results.json');

/** Everything that follows from the results without a statistic: path -> content. */
function renderFiles(evidence: PublishedEvidence): ReadonlyMap<string, string> {
  const plots = evidence.pools.flatMap((pool) => {
    const svg = drawForest(pool, { isStandalone: true, language: 'en' });
    return svg === undefined ? [] : [[join(HERE, 'forest', `${pool.id}.svg`), svg] as const];
  });
  return new Map([...plots, [join(REPOSITORY, 'docs', 'published-evidence.md'), writeReport(evidence, REPOSITORY)]]);
}

function write(): void {
  const evidence = buildResults(readStudyLibrary(HERE), runMetafor);
  writeFileSync(RESULTS, `${JSON.stringify(evidence, null, 2)}\n`);
  for (const name of readdirSync(join(HERE, 'forest'))) rmSync(join(HERE, 'forest', name));
  for (const [path, content] of renderFiles(evidence)) writeFileSync(path, content);
  process.stdout.write(`evidence: ${String(evidence.pools.length)} questions written\n`);
}

/** Last digits may differ between machines: numbers are compared to four digits, the rest exactly. */
function check(): string[] {
  const committed = loadPublishedEvidence();
  const library = readStudyLibrary(HERE);
  const isStale = committed.studiesDigest !== digestLibrary(library);
  const problems = isStale ? ['results.json was made from other studies'] : [];
  if (hasMetafor()) problems.push(...findDifferences(committed, buildResults(library, runMetafor), ['metafor']));
  else process.stdout.write(`skipped: numbers not computed again: no R with metafor (${NEEDED_PACKAGES})\n`);
  const files = renderFiles(committed);
  for (const [path, content] of files) {
    if (readOrNothing(path) !== content) problems.push(`${path} is not what results.json says`);
  }
  const stray = readdirSync(join(HERE, 'forest')).filter((name) => !files.has(join(HERE, 'forest', name)));
  return [...problems, ...stray.map((name) => `forest/${name} belongs to no pool`)];
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv.includes('--check')) {
  const problems = check();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) {
    process.stderr.write('run npm run evidence\n');
    process.exitCode = 1;
  } else process.stdout.write('evidence: the committed results are what the studies say\n');
} else write();
