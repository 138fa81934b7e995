/** The three findings: picture and words, or what was withheld and why. */
import { element } from './dom.js';
import { createRiskScale, sayPercent } from './risk-scale.js';

/** The buttons to the CT stay hidden until `offerCt`: there may be none to show. */
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
    /** The CT the networks saw is there: what can be shown on it may be asked for. */
    offerCt() {
      for (const card of cards) for (const button of card.querySelectorAll('button.show')) button.hidden = false;
    },
    markShown(target) {
      cards.forEach((card) => card.classList.toggle('shown', target !== undefined && card.dataset.target === target));
    },
  };
}

function createEstimate(finding, onShow) {
  const { interval, baseRate } = finding;
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
      finding.opinions.length > 0 && element('li', {}, describeOpinions(finding)),
      element('li', {}, describeBaseRate(baseRate)),
    ),
    element('p.words', {}, finding.words),
    createEvidenceBadge(finding),
    hasSlicesToShow(finding) && createShowButton(finding, onShow),
  );
}

/** How far the networks are apart; one alone has nobody to agree with. */
export function describeOpinions({ opinions, spreadPoints }) {
  const each = opinions.map((one) => `${one.displayName} ${sayPercent(one.percent)}`).join(', ');
  return opinions.length > 1
    ? `Networks ${Math.round(spreadPoints)} points apart: ${each}`
    : `One network only: ${each}`;
}

/** An estimate names the slices that drove it; networks that disagree can be compared slice by slice. */
export function hasSlicesToShow(finding) {
  return finding.kind === 'estimate' ? finding.drivingSlices.length > 0 : finding.hasMaps;
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
    hasSlicesToShow(finding) && createShowButton(finding, onShow),
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
  const { percent, lowPercent, highPercent, expectedLowPercent, expectedHighPercent, studies, patients } = baseRate;
  return `Usual rate ${sayPercent(percent)}, pooled from ${studies.length} studies with ${patients} patients (95% interval ${sayPercent(lowPercent)} to ${sayPercent(highPercent)}; a further hospital may see ${sayPercent(expectedLowPercent)} to ${sayPercent(expectedHighPercent)})`;
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
    'button.show',
    { type: 'button', hidden: true, 'aria-label': `Show on the CT: ${finding.title}`, onclick: () => onShow(finding) },
    'Show on the CT',
  );
}
