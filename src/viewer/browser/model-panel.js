/** The model cards: what each output is worth, what it was trained on, and the 31 source attributes. */
import { element } from './dom.js';
import { evidenceServer } from './evidence-server.js';
import { createTable } from './quality-panel.js';

export function createModelPanel(cards, plots) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'models-title' },
    element('h2', { id: 'models-title' }, 'Model cards'),
    ...cards.map(createCard),
    createPlots(plots),
  );
}

/** As they came with the weights; what they were measured on stands in the cards. */
function createPlots(plots) {
  if (plots.length === 0) return element('p.hint', {}, 'No calibration or ROC plot came with these weights.');
  return element(
    'details.model',
    {},
    element('summary', {}, 'Calibration and ROC plots'),
    ...plots.map(({ name, label }) =>
      element(
        'figure.plot',
        {},
        element('img', { src: evidenceServer.plotAddress(name), alt: label, loading: 'lazy' }),
        element('figcaption.hint', {}, label),
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
      element('span.hint', {}, ` released ${card.released}, ${(card.parameters / 1e6).toFixed(1)} million parameters`),
    ),
    createWorth(card),
    createTraining(card),
    ...card.groups.map((group) =>
      element(
        'div.attributes',
        {},
        element('h3', {}, group.heading, element('span.hint', {}, ` ${group.question}`)),
        element(
          'dl',
          {},
          ...group.attributes.flatMap(({ label, text }) => [element('dt', {}, label), element('dd', {}, text)]),
        ),
      ),
    ),
    element('p.hint', {}, `Weights: ${card.licence}. ${card.attribution.join('; ')}`),
  );
}

function createWorth(card) {
  return element(
    'div',
    {},
    element('h3', {}, 'What each output is worth'),
    createTable(
      ['Output', 'Evidence', 'Threshold', 'Calibration', 'Measured'],
      card.targets.map((target) => [
        target.target,
        target.evidenceLevel,
        target.threshold,
        target.calibration,
        target.metrics.length === 0 ? 'nothing measured' : target.metrics.map(sayMetric).join('; '),
      ]),
    ),
  );
}

function sayMetric(metric) {
  const value = metric.value === null ? 'not available' : metric.value.toFixed(3);
  const interval = metric.interval ? ` (${metric.interval.map((bound) => bound.toFixed(3)).join(' to ')})` : '';
  return `${metric.name} ${value}${interval}, ${metric.validation}, per ${metric.unit}, ${metric.positives} with and ${metric.negatives} without`;
}

function createTraining(card) {
  return element(
    'div',
    {},
    element('h3', {}, 'Trained on'),
    card.trainedOn.length === 0
      ? element('p', {}, 'No data: the weights are initial values.')
      : createTable(
          ['Data', 'Kind', 'Patients', 'Slices', 'Source', 'Licence'],
          card.trainedOn.map((data) => [
            data.name,
            data.kind,
            String(data.patients),
            String(data.slices),
            data.citation,
            data.licence,
          ]),
        ),
  );
}
