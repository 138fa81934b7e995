/** The three findings: picture and words, or what was withheld and why. */
import { element } from './dom.js';
import { createRiskScale, sayPercent } from './risk-scale.js';

export function createFindingCards(findings, onShow) {
  const [first] = findings;
  const isOneRefusal = findings.every(
    (finding) => finding.kind === 'abstained' && finding.reason === first.reason && finding.detail === first.detail,
  );
  const cards = isOneRefusal
    ? [createSharedRefusal(findings)]
    : findings.map((finding) =>
        finding.kind === 'estimate' ? createEstimate(finding, onShow) : createAbstained(finding, onShow),
      );
  return {
    node: element(
      'section.findings',
      { 'aria-labelledby': 'findings-title' },
      element('h2', { id: 'findings-title' }, 'Findings'),
      ...cards,
    ),
    markShown(target) {
      cards.forEach((card) => card.classList.toggle('shown', target !== undefined && card.dataset.target === target));
    },
  };
}

function createEstimate(finding, onShow) {
  const { interval, opinions, spreadPoints, baseRate } = finding;
  return element(
    `article.finding.${finding.call}`,
    { 'data-target': finding.target },
    element('h3', {}, finding.title),
    element('p.question', {}, finding.question),
    element(
      'p.number',
      {},
      sayPercent(finding.percent),
      element('span', {}, finding.call === 'positive' ? 'above threshold' : 'below threshold'),
    ),
    createRiskScale(finding),
    element(
      'ul.facts',
      {},
      interval &&
        element(
          'li',
          {},
          `${Math.round(interval.coveragePercent)}% interval ${sayPercent(interval.lower)} to ${sayPercent(interval.upper)}`,
        ),
      element(
        'li',
        {},
        `Networks ${Math.round(spreadPoints)} points apart: ${opinions.map((one) => `${one.displayName} ${sayPercent(one.percent)}`).join(', ')}`,
      ),
      element('li', {}, describeBaseRate(baseRate)),
    ),
    element('p.words', {}, finding.words),
    createEvidenceBadge(finding),
    createShowButton(finding, onShow),
  );
}

function createAbstained(finding, onShow) {
  return element(
    'article.finding.abstained',
    { 'data-target': finding.target },
    element('h3', {}, finding.title),
    element('p.question', {}, finding.question),
    element(
      'p.number.none',
      {},
      finding.isWithheld ? 'Withheld' : 'No statement',
      element('span', {}, finding.reasonWords),
    ),
    element('p.words', {}, finding.detail),
    element('p.words', {}, 'This is not a low-risk result.'),
    createEvidenceBadge(finding),
    finding.hasMaps && createShowButton(finding, onShow),
  );
}

/** One reason for all questions is said once. */
function createSharedRefusal(findings) {
  const [first] = findings;
  return element(
    'article.finding.abstained',
    {},
    element('h3', {}, 'All questions'),
    element(
      'p.number.none',
      {},
      first.isWithheld ? 'Withheld' : 'No statement',
      element('span', {}, first.reasonWords),
    ),
    element('p.words', {}, first.detail),
    element('p.words', {}, 'This is not a low-risk result.'),
    element('ul.facts', {}, ...findings.map((finding) => element('li', {}, finding.question))),
    createEvidenceBadge(first),
  );
}

function describeBaseRate(baseRate) {
  if (baseRate.kind === 'none') return 'No published rate for these patients';
  const sources = baseRate.sources
    .map(({ citation, patients, figure }) => `${citation} (n = ${patients}): ${figure}`)
    .join('; ');
  return `Usual rate ${baseRate.lowPercent} to ${baseRate.highPercent}%. ${sources}`;
}

function createEvidenceBadge(finding) {
  return element(
    `p.evidence.level-${finding.evidenceLevel}`,
    {},
    element('strong', {}, 'Evidence: '),
    finding.evidenceWords,
  );
}

function createShowButton(finding, onShow) {
  return element(
    'button',
    { type: 'button', 'aria-label': `Show on the CT: ${finding.title}`, onclick: () => onShow(finding) },
    'Show on the CT',
  );
}
