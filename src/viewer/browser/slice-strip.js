/**
 * How each network scored each slice, along the stack: a picture to find the slices by. Uncalibrated scores; the
 * finding's probability is made from the strongest of them.
 */
import { element, svgElement } from './dom.js';
import { say, sayNumber } from './words.js';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 96, 34, 8, 8, 20];
const COLOURS = ['#1d6fb8', '#b3541e'];

export function createSliceStrip(volume, target, drivingSlices, onPick) {
  const xOf = (index) => LEFT + ((index + 0.5) * (WIDTH - LEFT - RIGHT)) / volume.sliceCount;
  const yOf = (score) => TOP + (1 - score) * (HEIGHT - TOP - BOTTOM);
  const cursor = svgElement('line', { class: 'cursor', y1: TOP - 4, y2: HEIGHT - BOTTOM + 4 });
  const networks = volume.networks.filter((network) => network.sliceScores[target]);
  const picture = svgElement(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: 'strip',
      role: 'img',
      'aria-label': describe(networks, target, drivingSlices),
    },
    ...[0, 0.5, 1].map((score) =>
      svgElement('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: yOf(score), y2: yOf(score) }),
    ),
    ...[0, 1].map((score) =>
      svgElement('text', { class: 'tick', x: LEFT - 6, y: yOf(score) + 4, 'text-anchor': 'end' }, String(score)),
    ),
    ...drivingSlices.map((index) =>
      svgElement('circle', { class: 'driving', cx: xOf(index), cy: HEIGHT - BOTTOM + 9, r: 4 }),
    ),
    ...networks.map((network, at) =>
      svgElement('polyline', {
        class: 'scores',
        stroke: COLOURS[at % COLOURS.length],
        'stroke-dasharray': at === 0 ? undefined : '6 3',
        points: network.sliceIndexes
          .map((index, position) => `${xOf(index)},${yOf(network.sliceScores[target][position])}`)
          .join(' '),
      }),
    ),
    cursor,
  );
  picture.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const index = Math.floor(((x - LEFT) / (WIDTH - LEFT - RIGHT)) * volume.sliceCount);
    onPick(Math.max(0, Math.min(volume.sliceCount - 1, index)));
  });
  const legend = element(
    'p.legend',
    {},
    ...networks.map((network, at) => element(`span.key.key-${at}`, {}, `${network.displayName} `)),
    drivingSlices.length > 0 && element('span.key.key-driving', {}, say('strip.driving')),
  );
  return {
    node: element(
      'div',
      {},
      element('p.strip-title', {}, say('strip.title')),
      picture,
      legend,
      element('p.legend', {}, say('ct.map-hint')),
    ),
    moveTo(index) {
      cursor.setAttribute('x1', xOf(index));
      cursor.setAttribute('x2', xOf(index));
    },
  };
}

function describe(networks, target, drivingSlices) {
  const each = networks.map((network) => {
    const scores = network.sliceScores[target];
    const best = scores.indexOf(Math.max(...scores));
    const [slice, score] = [network.sliceIndexes[best] + 1, sayNumber(scores[best], 2)];
    return say('strip.strongest', { network: network.displayName, slice, score });
  });
  const [strongest, slices] = [each.join('; '), drivingSlices.map((index) => index + 1).join(', ')];
  return slices === '' ? say('strip.label', { strongest }) : say('strip.label-driving', { strongest, slices });
}
