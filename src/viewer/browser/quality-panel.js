/** What was checked on the CT, which series was used, and why the others were not. */
import { element, english } from './dom.js';
import { say, sayCode, sayNumber } from './words.js';

export function createQualityPanel({ quality, series, acquisition }) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'quality-title' },
    element('h2', { id: 'quality-title' }, say('quality')),
    quality.length === 0
      ? element('p.empty', {}, say('quality.none'))
      : createTable(
          ['check', 'outcome', 'measured', 'limit'].map((name) => say(`quality.${name}`)),
          quality.map((check) => [
            sayCode('check', check.code),
            element(`span.outcome.${check.outcome}`, {}, say(`outcome.${check.outcome}`)),
            english(check.measured),
            english(check.limit),
          ]),
        ),
    element('h3', {}, say('series')),
    series.length === 0
      ? element('p.empty', {}, say('series.none'))
      : createTable(
          [say('series'), say('series.images'), say('series.used-head'), say('series.why')],
          series.map((one) => [
            one.description || say('series.unnamed'),
            String(one.instanceCount),
            one.chosen ? element('strong', {}, say('series.used')) : say('series.not-used'),
            one.reasons.length > 0 ? english(one.reasons.join('; ')) : say('series.no-reason'),
          ]),
        ),
    Object.keys(acquisition).length > 0 &&
      element(
        'p.acquisition',
        {},
        Object.entries(acquisition)
          .map(
            ([name, value]) =>
              `${sayCode('acquisition', name)}: ${typeof value === 'number' ? sayNumber(value) : value}`,
          )
          .join(' · '),
      ),
  );
}

export function createTable(head, rows) {
  return element(
    'div.table',
    { tabindex: 0, role: 'group', 'aria-label': head.join(', ') },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head.map((cell) => element('th', { scope: 'col' }, cell)))),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))))),
    ),
  );
}
