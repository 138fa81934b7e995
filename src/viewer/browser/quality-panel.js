/** What was checked on the CT, which series was used, and why the others were not. */
import { element } from './dom.js';

const OUTCOMES = { passed: 'passed', warned: 'warning', failed: 'failed', 'not-assessed': 'not assessed' };

export function createQualityPanel({ quality, series, acquisition }) {
  return element(
    'section.panel',
    { 'aria-labelledby': 'quality-title' },
    element('h2', { id: 'quality-title' }, 'CT quality and series'),
    quality.length === 0
      ? element('p.empty', {}, 'No quality checks are recorded.')
      : createTable(
          ['Check', 'Outcome', 'Measured', 'Limit'],
          quality.map((check) => [
            check.code.replaceAll('-', ' '),
            element(`span.outcome.${check.outcome}`, {}, OUTCOMES[check.outcome]),
            check.measured,
            check.limit,
          ]),
        ),
    element('h3', {}, 'Series'),
    series.length === 0
      ? element('p.empty', {}, 'No series are recorded.')
      : createTable(
          ['Series', 'Images', 'Used', 'Why'],
          series.map((one) => [
            one.description || 'without description',
            String(one.instanceCount),
            one.chosen ? element('strong', {}, 'used') : 'not used',
            one.reasons.join('; ') || 'no rule spoke against it',
          ]),
        ),
    Object.keys(acquisition).length > 0 &&
      element(
        'p.acquisition',
        {},
        Object.entries(acquisition)
          .map(([name, value]) => `${name}: ${value}`)
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
