/**
 * Command line: writes synthetic head CT studies as DICOM folders, with a labels table for in-silico training.
 *   node src/phantom/write-study.ts --seed 7 --story basal-ganglia-hemorrhage --out DIR [--truth]
 *   node src/phantom/write-study.ts --seed 1000 --count 50 --matrix 256 --out DIR [--truth]   (random cases)
 * Each study is DIR/<seed>/<series number>-<role>/<instance>.dcm; DIR/labels.csv has one line per study.
 */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCtStudy, type CtSeries, type CtStudyOptions, type SyntheticCtStudy } from './ct-study.ts';
import { LABEL_COLUMNS, labelRow } from './labels.ts';
import { writeNpy } from './npy.ts';
import { drawCase } from './random-case.ts';
import { STORIES, type StoryName } from './stories.ts';

const USAGE = `usage: node src/phantom/write-study.ts --out DIR [--seed N] [--count N] [--matrix N] [--slices N] [--story NAME] [--truth]
stories: ${Object.keys(STORIES).join(', ')}; without one, cases are drawn at random
`;

function isStory(name: string): name is StoryName {
  return Object.hasOwn(STORIES, name);
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return value;
}

async function writeSeries(folder: string, series: CtSeries, withTruth: boolean): Promise<void> {
  const target = join(folder, `${String(series.seriesNumber)}-${series.role}`);
  await mkdir(target, { recursive: true });
  for (const [index, { bytes }] of series.instances.entries()) {
    await writeFile(join(target, `${String(index + 1).padStart(4, '0')}.dcm`), bytes);
  }
  if (!withTruth || series.phantom === undefined || series.role === 'localizer') return;
  const { rows, columns, sliceCount, truth } = series.phantom;
  const shape = [sliceCount, rows, columns];
  await writeFile(join(target, 'lesions.npy'), writeNpy(truth.lesions, shape));
  await writeFile(join(target, 'tissue.npy'), writeNpy(truth.tissue, shape));
}

async function writeStudy(out: string, study: SyntheticCtStudy, seed: number, withTruth: boolean): Promise<void> {
  for (const series of study.series) await writeSeries(join(out, String(seed)), series, withTruth);
}

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      matrix: { type: 'string', default: '512' },
      slices: { type: 'string', default: '32' },
      story: { type: 'string' },
      truth: { type: 'boolean', default: false },
    },
  });
  const { story } = values;
  if (values.out === undefined || (story !== undefined && !isStory(story))) throw new Error(USAGE);
  const first = wholeNumber(values.seed, 'seed');
  const count = wholeNumber(values.count, 'count');
  const size = { matrix: wholeNumber(values.matrix, 'matrix'), sliceCount: wholeNumber(values.slices, 'slices') };
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'labels.csv'), `${LABEL_COLUMNS.join(',')}\n`);
  for (let seed = first; seed < first + count; seed++) {
    const drawn = story === undefined ? drawCase(seed) : undefined;
    const options: CtStudyOptions =
      drawn === undefined && story !== undefined
        ? { seed, ...size, story }
        : { seed, ...size, ...drawn, series: [{ role: 'thick-soft' }] };
    const study = await createCtStudy(options);
    await writeStudy(values.out, study, seed, values.truth);
    const lesions = drawn?.lesions ?? (story === undefined ? [] : STORIES[story].lesions);
    await appendFile(join(values.out, 'labels.csv'), `${labelRow(study, seed, lesions).join(',')}\n`);
    process.stdout.write(`${String(seed)}: ${String(study.series.length)} series\n`);
  }
}

try {
  await run(process.argv.slice(2));
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}
