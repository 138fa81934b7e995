/**
 * One driving slice as people see it: the CT in the brain window with the activation laid over it, and around it, never
 * on it, what it is, what it is worth and what it is not. No name and no date of a patient is drawn.
 */
import type { CtVolume } from '../../assessment/domain/ct-volume.ts';
import type { Estimate, StudyAssessment } from '../../assessment/domain/finding.ts';
import { Canvas, GLYPH_WIDTH_PX, LINE_HEIGHT_PX, wrapText, type Rgb, type TextStyle } from './canvas.ts';
import { toHeatColor, toOpacity } from './activation.ts';
import codes from './codes.json' with { type: 'json' };

export interface CapturePictureFacts {
  readonly volume: CtVolume;
  readonly sliceIndex: number;
  readonly finding: Estimate;
  readonly ensemble: StudyAssessment['ensemble'];
  /** 0 to 1 per pixel of the slice (activation.ts). */
  readonly activation: Float32Array;
}

/** L40 W80: the window in which hemorrhage is looked for. */
const BRAIN_WINDOW_HU = { low: 0, high: 80 } as const;
const SMALLEST_PANE_PX = 512;
const BANNER_PX = LINE_HEIGHT_PX + 8;
const MARGIN_PX = 8;
const WHITE: Rgb = [235, 235, 235];
const GREY: Rgb = [170, 170, 170];
const ORANGE: Rgb = [255, 176, 32];
const BANNER = 'RESEARCH - NOT FOR DIAGNOSIS - NOT A MEDICAL DEVICE';

export function drawCapture(facts: CapturePictureFacts): Canvas {
  const { rows, columns } = facts.volume;
  const scale = Math.max(1, Math.floor(SMALLEST_PANE_PX / Math.max(rows, columns)));
  const width = Math.max(SMALLEST_PANE_PX, columns * scale);
  const lines = describe(facts, Math.floor((width - 2 * MARGIN_PX) / GLYPH_WIDTH_PX));
  const legendTop = BANNER_PX + rows * scale + MARGIN_PX;
  const textTop = legendTop + 2 * LINE_HEIGHT_PX;
  const canvas = new Canvas(width, textTop + lines.length * LINE_HEIGHT_PX + MARGIN_PX);
  canvas.write(BANNER, MARGIN_PX, 4, { color: ORANGE, bold: true });
  drawSlice(canvas, facts, scale, Math.floor((width - columns * scale) / 2));
  drawLegend(canvas, legendTop);
  lines.forEach(({ line, style }, at) => {
    canvas.write(line, MARGIN_PX, textTop + at * LINE_HEIGHT_PX, style);
  });
  return canvas;
}

function drawSlice(canvas: Canvas, facts: CapturePictureFacts, scale: number, left: number): void {
  const { volume, sliceIndex, activation } = facts;
  const { rows, columns } = volume;
  const slice = volume.hu.subarray(sliceIndex * rows * columns, (sliceIndex + 1) * rows * columns);
  slice.forEach((hu, at) => {
    const color = blend(toGrey(hu), activation[at] ?? 0);
    const [x, y] = [left + (at % columns) * scale, BANNER_PX + Math.floor(at / columns) * scale];
    if (scale === 1) canvas.setPixel(x, y, color);
    else canvas.fill(x, y, scale, scale, color);
  });
  canvas.write('R', left + 2, BANNER_PX + Math.floor((rows * scale) / 2), { color: WHITE, bold: true });
}

function toGrey(hu: number): number {
  const { low, high } = BRAIN_WINDOW_HU;
  return Math.max(0, Math.min(255, Math.round((255 * (hu - low)) / (high - low))));
}

function blend(grey: number, value: number): Rgb {
  const opacity = toOpacity(value);
  if (opacity === 0) return [grey, grey, grey];
  const [red, green, blue] = toHeatColor(value);
  const mix = (over: number) => Math.round(grey * (1 - opacity) + over * opacity);
  return [mix(red), mix(green), mix(blue)];
}

const LEGEND_STEPS = 96;
const LEGEND_GREY = 110;

/** The colors as they come out over a middle grey, from none to the strongest of this CT. */
function drawLegend(canvas: Canvas, top: number): void {
  const bar = canvas.write('Activation: none ', MARGIN_PX, top, { color: GREY });
  for (let step = 0; step < LEGEND_STEPS; step += 1) {
    canvas.fill(bar + step, top + 1, 1, LINE_HEIGHT_PX - 6, blend(LEGEND_GREY, step / (LEGEND_STEPS - 1)));
  }
  canvas.write(' strongest of this CT', bar + LEGEND_STEPS, top, { color: GREY });
  canvas.write('It shows where the networks looked, not where a lesion ends.', MARGIN_PX, top + LINE_HEIGHT_PX, {
    color: GREY,
  });
}

interface Line {
  readonly line: string;
  readonly style: TextStyle;
}

function describe({ volume, sliceIndex, finding, ensemble }: CapturePictureFacts, width: number): readonly Line[] {
  const words = codes.targets[finding.target];
  const paragraphs: readonly [string, TextStyle][] = [
    [`${words.title}: ${words[finding.call]}`, { color: WHITE, bold: true }],
    [`${describeNumber(finding)} Evidence: ${describeEvidence(finding)}.`, { color: ORANGE }],
    [
      `Slice ${String(sliceIndex + 1)} of ${String(volume.sliceCount)} from below, window L40 W80. ` +
        `${ensemble.id} ${ensemble.version}, mean of ${ensemble.networks.map((one) => one.displayName).join(' and ')}.`,
      { color: GREY },
    ],
  ];
  return paragraphs.flatMap(([paragraph, style]) => wrapText(paragraph, width).map((line) => ({ line, style })));
}

function describeNumber({ probability, interval, threshold }: Estimate): string {
  const range = interval ? ` (${toPercent(interval.lower)} to ${toPercent(interval.upper)} %)` : '';
  return `Probability ${toPercent(probability)} %${range}, threshold ${toPercent(threshold)} %.`;
}

function describeEvidence({ evidenceLevel }: Estimate): string {
  return codes.evidenceLevels[evidenceLevel][2] ?? evidenceLevel;
}

function toPercent(share: number): string {
  return (share * 100).toFixed(1);
}
