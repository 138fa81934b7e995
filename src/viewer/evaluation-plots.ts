/**
 * The curves that came with the weights (models/training, `thrombectomy_models table`): small PNG files in one
 * folder, read once. A folder or file that is not there is no fault; the page then says that nothing was plotted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLOTS = {
  roc: 'ROC: how well the networks rank patients with hemorrhage above those without',
  calibration: 'Calibration: how often it was hemorrhage, against the probability that was given',
  decision: 'Decision curve: net benefit against always and never stopping (Vickers 2006)',
} as const;

export interface EvaluationPlot {
  readonly name: string;
  readonly label: string;
  readonly png: Buffer;
}

export function readEvaluationPlots(folder: string | undefined): readonly EvaluationPlot[] {
  if (folder === undefined) return [];
  return Object.entries(PLOTS).flatMap(([name, label]) => {
    const path = join(folder, `${name}.png`);
    return existsSync(path) ? [{ name, label, png: readFileSync(path) }] : [];
  });
}
