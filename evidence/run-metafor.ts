/** pool.R in a process of its own. Only the command that makes the results and its tests come here; the service never does. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('pool.R', import.meta.url));
const number = z.number();

const pooled = z.strictObject({
  id: z.string(),
  k: z.int(),
  estimate: number,
  se: number,
  ciLower: number,
  ciUpper: number,
  /** Of the t distribution behind the interval. */
  df: number,
  seKnappHartung: number,
  seWald: number,
  piLower: number,
  piUpper: number,
  tau2: number,
  tau2Lower: number,
  tau2Upper: number,
  i2Percent: number,
  i2LowerPercent: number,
  i2UpperPercent: number,
  q: number,
  qP: number,
  weightsPercent: z.array(number),
  derSimonianLaird: z.strictObject({ estimate: number, se: number, tau2: number }),
});

const answer = z.strictObject({ metafor: z.string(), pools: z.array(pooled) });

export interface PoolJob {
  readonly id: string;
  readonly yi: readonly number[];
  readonly vi: readonly number[];
}

/** On the analysis scale. */
export type PooledJob = z.infer<typeof pooled>;

/** What `apt-get install` calls what it needs. */
export const NEEDED_PACKAGES = 'r-base-core r-cran-metafor r-cran-jsonlite';

/** Whether Rscript with metafor and jsonlite is on this machine. */
export function hasMetafor(): boolean {
  return (
    spawnSync('Rscript', ['-e', 'stopifnot(requireNamespace("metafor"), requireNamespace("jsonlite"))']).status === 0
  );
}

/** Throws with R's own words where the run fails. */
export function runMetafor(jobs: readonly PoolJob[]): z.infer<typeof answer> {
  const run = spawnSync('Rscript', ['--vanilla', SCRIPT], { input: JSON.stringify(jobs), encoding: 'utf8' });
  if (run.error)
    throw new Error(`Rscript could not be started; it comes with ${NEEDED_PACKAGES}`, { cause: run.error });
  if (run.status !== 0) throw new Error(`pool.R failed: ${run.stderr}`);
  return answer.parse(JSON.parse(run.stdout));
}
