/** The model cards: what each output is worth, what it was trained on, and the 31 source attributes. */
import { element, english } from './dom.js';
import { evidenceServer } from './evidence-server.js';
import { createTable } from './quality-panel.js';
import { say, sayCode, sayNumber } from './words.js';

export function createModelPanel(cards, plots) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'models-title' },
    element('h2', { id: 'models-title' }, say('models')),
    ...cards.map(createCard),
    createPlots(plots),
  );
}

/** As they came with the weights; what they were measured on stands in the cards. */
function createPlots(plots) {
  if (plots.length === 0) return element('p.hint', {}, say('models.no-plots'));
  return element(
    'details.model',
    {},
    element('summary', {}, say('models.plots')),
    ...plots.map((name) =>
      element(
        'figure.plot',
        {},
        element('img', { src: evidenceServer.plotAddress(name), alt: say(`plot.${name}`), loading: 'lazy' }),
        element('figcaption.hint', {}, say(`plot.${name}`)),
      ),
    ),
  );
}

function createCard(card) {
  return element(
    'details.model',
    {},
    element(
      'summary',
      {},
      `${card.displayName} ${card.version}`,
      ' ',
      element(
        'span.hint',
        {},
        say('models.released', { released: card.released, millions: sayNumber(card.parameters / 1e6, 1) }),
      ),
    ),
    createWorth(card),
    createTraining(card),
    ...createNotes(card.trainingNotes),
    ...card.groups.map((group) =>
      element(
        'div.attributes',
        {},
        element('h3', {}, group.heading, element('span.hint', {}, ` ${group.question}`)),
        element(
          'dl',
          {},
          ...group.attributes.flatMap(({ label, text }) => [
            element('dt', {}, label),
            element('dd', {}, text === undefined ? say('models.attribute-not-available') : english(text)),
          ]),
        ),
      ),
    ),
    element('p.hint', {}, say('models.weights', { licence: card.licence, attribution: card.attribution.join('; ') })),
  );
}

function createWorth(card) {
  return element(
    'div',
    {},
    element('h3', {}, say('models.worth')),
    createTable(
      ['output', 'evidence', 'threshold', 'calibration', 'measured'].map((name) => say(`models.${name}`)),
      card.targets.map((target) => [
        target.title,
        target.evidenceWords,
        english(target.threshold),
        english(target.calibration),
        target.metrics.length === 0 ? say('models.nothing-measured') : target.metrics.map(sayMetric).join('; '),
      ]),
    ),
  );
}

function sayMetric({ name, value, interval, validation, unit, positives, negatives }) {
  const figure = value === null ? say('models.not-available') : sayNumber(value, 3);
  const [low, high] = (interval ?? []).map((bound) => sayNumber(bound, 3));
  return say('models.metric', {
    ...{ name, validation: sayCode('validation', validation), unit: sayCode('unit', unit), positives, negatives },
    value: low === undefined ? figure : say('models.metric-interval', { value: figure, low, high }),
  });
}

function createTraining(card) {
  return element(
    'div',
    {},
    element('h3', {}, say('models.trained-on')),
    card.trainedOn.length === 0
      ? element('p', {}, say('models.no-training'))
      : createTable(
          ['data', 'kind', 'patients', 'slices', 'source', 'licence'].map((name) => say(`models.${name}`)),
          card.trainedOn.map((data) => [
            data.name,
            data.kind,
            sayNumber(data.patients),
            sayNumber(data.slices),
            data.citation,
            data.licence,
          ]),
        ),
  );
}

/** Among them what the figures above are not: a threshold fitted on the patients it is judged by says so here. */
function createNotes(notes) {
  if (notes.length === 0) return [];
  const rows = notes.flatMap(({ name, text }) => [
    element('dt', {}, sayCode('models.note', name)),
    element('dd', {}, english(text)),
  ]);
  return [element('div.attributes', {}, element('h3', {}, say('models.notes')), element('dl', {}, ...rows))];
}
