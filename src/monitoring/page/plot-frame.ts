/**
 * The frame of every plot: an SVG with a name and a description for those who do not see it, a y axis from 0, and
 * colours by class, so that one style sheet serves light, dark and print. The figures stand in a table beside it.
 */
import { html, type Markup } from './html.ts';

export const PLOT = { width: 640, height: 260, left: 52, right: 28, top: 18, bottom: 46 } as const;
export const INNER = {
  width: PLOT.width - PLOT.left - PLOT.right,
  height: PLOT.height - PLOT.top - PLOT.bottom,
} as const;

export interface PlotFrame {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly yTicks: readonly { readonly share: number; readonly label: string }[];
  readonly xTicks: readonly { readonly share: number; readonly label: string }[];
  readonly xLabel?: string;
}

export function toX(share: number): number {
  return round(PLOT.left + share * INNER.width);
}

export function toY(share: number): number {
  return round(PLOT.top + (1 - share) * INNER.height);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function framePlot(frame: PlotFrame, content: readonly Markup[]): Markup {
  const bottom = PLOT.top + INNER.height;
  return html`<svg
    class="plot"
    viewBox="0 0 ${PLOT.width} ${PLOT.height}"
    role="img"
    aria-labelledby="${frame.id}-title ${frame.id}-text"
  >
    <title id="${frame.id}-title">${frame.title}</title>
    <desc id="${frame.id}-text">${frame.description}</desc>
    ${frame.yTicks.map(
      ({ share, label }) =>
        html`<line
            class="grid"
            x1="${PLOT.left}"
            x2="${PLOT.left + INNER.width}"
            y1="${toY(share)}"
            y2="${toY(share)}"
          />
          <text class="tick" x="${PLOT.left - 6}" y="${toY(share) + 4}" text-anchor="end">${label}</text>`,
    )}
    ${content}
    <line class="axis" x1="${PLOT.left}" x2="${PLOT.left + INNER.width}" y1="${bottom}" y2="${bottom}" />
    ${frame.xTicks.map(
      ({ share, label }) =>
        html`<text class="tick" x="${toX(share)}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
    )}
    ${
      frame.xLabel === undefined
        ? undefined
        : html`<text class="label" x="${toX(0.5)}" y="${PLOT.height - 8}" text-anchor="middle">${frame.xLabel}</text>`
    }
  </svg>`;
}

/** Squares with their names; the order is that of the series' classes. */
export function legend(names: readonly { readonly series: string; readonly name: string }[]): Markup {
  return html`<ul class="legend">
    ${names.map(({ series, name }) => html`<li><span class="key ${series}" aria-hidden="true"></span>${name}</li>`)}
  </ul>`;
}

/** A round maximum at or above `value`, and the steps up to it. */
export function listSteps(value: number): { readonly most: number; readonly steps: readonly number[] } {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  const size = [0.5, 1, 2, 5].map((one) => one * magnitude).find((one) => value / one <= 4) ?? magnitude * 5;
  const step = Math.max(1, size);
  const count = Math.max(1, Math.ceil(value / step));
  return { most: count * step, steps: Array.from({ length: count + 1 }, (_, index) => index * step) };
}
