/** HTI and SEDAN from the chart, beside the networks and never mixed into them. */
import { element, english } from './dom.js';
import { sayClock } from './moments.js';
import { createTable } from './quality-panel.js';
import { pick, say, sayNumber } from './words.js';

export function createScoresPanel(scores, biomarkers) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'scores-title' },
    element('h2', { id: 'scores-title' }, say('scores')),
    element('p.hint', {}, say('scores.hint')),
    ...(scores.length === 0 ? [element('p.empty', {}, say('scores.none'))] : scores.map(createScore)),
    biomarkers.length > 0 && createBiomarkers(biomarkers),
  );
}

/** Exploratory: beside everything else, part of nothing. */
function createBiomarkers(biomarkers) {
  return element(
    'article.score',
    {},
    element('h3', {}, say('biomarkers')),
    element('p.hint', {}, say('biomarkers.hint')),
    createTable(
      [say('biomarkers.marker'), say('scores.value'), say('biomarkers.when'), say('biomarkers.known')],
      biomarkers.map((one) => [one.name, `${sayNumber(one.value)} ${one.unit}`, sayClock(one.at), pick(one.finding)]),
    ),
    element('p.hint', {}, english(biomarkers[0].citation)),
  );
}

function createScore(score) {
  const heading = element('h3', {}, say('scores.heading', { name: score.name, result: describeResult(score) }));
  return element(
    'article.score',
    {},
    heading,
    element('p.hint', {}, say('scores.predicts', { predicts: pick(score.predicts), derivedIn: pick(score.derivedIn) })),
    score.items.length > 0 &&
      createTable(
        ['input', 'value', 'points', 'from'].map((name) => say(`scores.${name}`)),
        score.items.map((item) => [
          pick(item.label),
          sayValue(item.value),
          String(item.points),
          `${item.source}${item.at ? `, ${sayClock(item.at)}` : ''}`,
        ]),
      ),
    element('p.hint', {}, english(score.citation)),
  );
}

function describeResult(score) {
  if (score.kind === 'not-computed') {
    return say('scores.not-computed', { missing: score.missing.map(describeMissing).join(', ') });
  }
  const { points, maximumPoints: maximum, riskPercent, beyond } = score;
  if (riskPercent === undefined) return say('scores.result-beyond', { points, maximum, beyond: pick(beyond) });
  return say('scores.result', { points, maximum, risk: say('percent', { value: sayNumber(riskPercent, 1) }) });
}

function describeMissing({ label, implausible }) {
  if (implausible === undefined) return pick(label);
  return say('scores.implausible', { label: pick(label), value: sayValue(implausible) });
}

function sayValue(value) {
  if (typeof value === 'boolean') return say(value ? 'scores.present' : 'scores.absent');
  return sayNumber(value);
}
