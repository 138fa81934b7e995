/**
 * The curves that came with the weights (models/training, `thrombectomy_models table`): small PNG files in one
 * folder, read once. A folder or file that is not there is no fault; the page then says that nothing was plotted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** File names without their ending; the page has words for them. */
const PLOTS = ['roc', 'calibration', 'decision'] as const;

export interface EvaluationPlot {
  readonly name: (typeof PLOTS)[number];
  readonly png: Buffer;
}

export function readEvaluationPlots(folder: string | undefined): readonly EvaluationPlot[] {
  if (folder === undefined) return [];
  return PLOTS.flatMap((name) => {
    const path = join(folder, `${name}.png`);
    return existsSync(path) ? [{ name, png: readFileSync(path) }] : [];
  });
}
