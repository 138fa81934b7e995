/**
 * A probability as a picture: its interval, each network, the threshold, and what usually happens, on one scale
 * from 0 to 100 %. Never a lone number.
 */
import { svgElement } from './dom.js';
import { say, sayNumber, sayPercent, sayRange } from './words.js';

const [WIDTH, HEIGHT, LEFT, RIGHT, AXIS] = [420, 86, 10, 10, 52];

export function createRiskScale(finding) {
  const xOf = (percent) => LEFT + (percent / 100) * (WIDTH - LEFT - RIGHT);
  const { percent, interval, thresholdPercent, opinions, baseRate } = finding;
  return svgElement(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'risk-scale', role: 'img', 'aria-label': describeScale(finding) },
    baseRate.kind === 'pooled' &&
      svgElement('rect', {
        class: 'base-rate',
        x: xOf(baseRate.expectedLowPercent),
        width: Math.max(3, xOf(baseRate.expectedHighPercent) - xOf(baseRate.expectedLowPercent)),
        y: AXIS - 26,
        height: 32,
      }),
    baseRate.kind === 'pooled' &&
      svgElement(
        'text',
        { class: 'tick', x: xOf(baseRate.percent), y: 14, 'text-anchor': 'middle' },
        say('scale.usual'),
      ),
    svgElement('line', { class: 'axis', x1: xOf(0), x2: xOf(100), y1: AXIS, y2: AXIS }),
    ...[0, 25, 50, 75, 100].map((tick) =>
      svgElement(
        'text',
        {
          class: 'tick',
          x: xOf(tick),
          y: HEIGHT - 8,
          'text-anchor': tick === 0 ? 'start' : tick === 100 ? 'end' : 'middle',
        },
        say('percent', { value: tick }),
      ),
    ),
    svgElement('line', {
      class: 'threshold',
      x1: xOf(thresholdPercent),
      x2: xOf(thresholdPercent),
      y1: AXIS - 22,
      y2: AXIS + 14,
    }),
    interval &&
      svgElement('line', {
        class: 'interval',
        x1: xOf(interval.lower),
        x2: xOf(interval.upper),
        y1: AXIS - 10,
        y2: AXIS - 10,
      }),
    ...opinions.map((opinion) => svgElement('circle', { class: 'opinion', cx: xOf(opinion.percent), cy: AXIS, r: 4 })),
    svgElement('circle', { class: `estimate ${finding.call}`, cx: xOf(percent), cy: AXIS - 10, r: 7 }),
  );
}

function describeScale({ percent, interval, thresholdPercent, opinions, baseRate }) {
  const parts = [
    say('scale.estimate', { percent: sayPercent(percent) }),
    interval &&
      say('scale.interval', {
        coverage: sayNumber(interval.coveragePercent, 0),
        range: sayRange(interval.lower, interval.upper),
      }),
    say('scale.threshold', { percent: sayPercent(thresholdPercent) }),
    opinions.map((opinion) => `${opinion.displayName} ${sayPercent(opinion.percent)}`).join(', '),
    baseRate.kind === 'pooled'
      ? say('scale.base-rate', {
          percent: sayPercent(baseRate.percent),
          expected: sayRange(baseRate.expectedLowPercent, baseRate.expectedHighPercent),
        })
      : say('scale.no-base-rate'),
  ];
  return say('scale.label', { parts: parts.filter(Boolean).join('; ') });
}
