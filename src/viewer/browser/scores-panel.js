/** HTI and SEDAN from the chart, beside the networks and never mixed into them. */
import { element } from './dom.js';
import { sayClock } from './moments.js';
import { createTable } from './quality-panel.js';

export function createScoresPanel(scores, biomarkers) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'scores-title' },
    element('h2', { id: 'scores-title' }, 'Scores from the chart'),
    element(
      'p.hint',
      {},
      'Published point scores for comparison. They use nothing from the networks, and the networks nothing from them.',
    ),
    ...(scores.length === 0
      ? [element('p.empty', {}, 'The chart could not be read for the scores.')]
      : scores.map(createScore)),
    biomarkers.length > 0 && createBiomarkers(biomarkers),
  );
}

/** Exploratory: beside everything else, part of nothing. */
function createBiomarkers(biomarkers) {
  return element(
    'article.score',
    {},
    element('h3', {}, 'Exploratory biomarkers'),
    element('p.hint', {}, 'Context only; no number on this page depends on them.'),
    createTable(
      ['Marker', 'Value', 'When', 'Known so far'],
      biomarkers.map((one) => [one.name, `${one.value} ${one.unit}`, sayClock(one.at), one.finding]),
    ),
    element('p.hint', {}, biomarkers[0].citation),
  );
}

function createScore(score) {
  const heading = element('h3', {}, `${score.name}: `, describeResult(score));
  return element(
    'article.score',
    {},
    heading,
    element('p.hint', {}, `Predicts ${score.predicts}. Derived in ${score.derivedIn}.`),
    score.items.length > 0 &&
      createTable(
        ['Input', 'Value', 'Points', 'From'],
        score.items.map((item) => [
          item.label,
          sayValue(item.value),
          String(item.points),
          `${item.source}${item.at ? `, ${sayClock(item.at)}` : ''}`,
        ]),
      ),
    element('p.hint', {}, score.citation),
  );
}

function describeResult(score) {
  if (score.kind === 'not-computed') return `not computed: ${score.missing.join(', ')} missing`;
  const risk = score.riskPercent === undefined ? score.beyond : `published risk ${score.riskPercent}%`;
  return `${score.points} of ${score.maximumPoints} points, ${risk}`;
}

function sayValue(value) {
  if (typeof value === 'boolean') return value ? 'present' : 'absent';
  return String(Math.round(value * 10) / 10);
}
