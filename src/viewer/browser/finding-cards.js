/** The three findings: picture and words, or what was withheld and why. */
import { element, english } from './dom.js';
import { createRiskScale } from './risk-scale.js';
import { say, sayNumber, sayPercent, sayRange } from './words.js';

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
      element('h2', { id: 'findings-title' }, say('findings')),
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
      element('span', {}, say(finding.call === 'positive' ? 'finding.above' : 'finding.below')),
    ),
    createRiskScale(finding),
    createScaleKey(finding),
    element(
      'ul.facts',
      {},
      interval &&
        element(
          'li',
          {},
          say('finding.interval', {
            coverage: sayNumber(interval.coveragePercent, 0),
            range: sayRange(interval.lower, interval.upper),
          }),
        ),
      finding.opinions.length > 0 && element('li', {}, describeOpinions(finding)),
      element('li', {}, describeBaseRate(baseRate)),
    ),
    element('p.words', {}, finding.words),
    createEvidenceBadge(finding),
    hasSlicesToShow(finding) && createShowButton(finding, onShow),
  );
}

/** What the marks of the scale are; screen readers hear the scale itself. */
function createScaleKey({ interval, opinions }) {
  const keys = [interval && 'interval', 'threshold', opinions.length > 0 && 'network'].filter(Boolean);
  return element(
    'p.scale-key',
    { 'aria-hidden': 'true' },
    ...keys.map((name) => element(`span.key-${name}`, {}, say(`scale.key-${name}`))),
  );
}

/** How far the networks are apart; one alone has nobody to agree with. */
export function describeOpinions({ opinions, spreadPoints }) {
  const each = opinions.map((one) => `${one.displayName} ${sayPercent(one.percent)}`).join(', ');
  return opinions.length > 1
    ? say('finding.networks', { points: sayNumber(spreadPoints, 0), each })
    : say('finding.one-network', { each });
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
      say(finding.isWithheld ? 'finding.withheld' : 'finding.abstained'),
      element('span', {}, finding.reasonWords),
    ),
    element('p.words', {}, english(finding.detail)),
    element('p.words', {}, say('finding.not-low-risk')),
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
    element('h3', {}, say('finding.all')),
    element(
      'p.number.none',
      {},
      say(first.isWithheld ? 'finding.withheld' : 'finding.abstained'),
      element('span', {}, first.reasonWords),
    ),
    element('p.words', {}, english(first.detail)),
    element('p.words', {}, say('finding.not-low-risk')),
    element('ul.facts', {}, ...findings.map((finding) => element('li', {}, finding.question))),
    createEvidenceBadge(first),
  );
}

function describeBaseRate(baseRate) {
  if (baseRate.kind === 'none') return say('finding.no-base-rate');
  const { percent, lowPercent, highPercent, expectedLowPercent, expectedHighPercent, studies, patients } = baseRate;
  return say('finding.base-rate', {
    percent: sayPercent(percent),
    studies: studies.length,
    patients: sayNumber(patients),
    range: sayRange(lowPercent, highPercent),
    expected: sayRange(expectedLowPercent, expectedHighPercent),
  });
}

function createEvidenceBadge(finding) {
  return element(
    `p.evidence.level-${finding.evidenceLevel}`,
    {},
    element('strong', {}, `${say('finding.evidence')} `),
    finding.evidenceWords,
  );
}

function createShowButton(finding, onShow) {
  return element(
    'button.show',
    {
      type: 'button',
      hidden: true,
      'aria-label': say('finding.show-label', { title: finding.title }),
      onclick: () => onShow(finding),
    },
    say('finding.show'),
  );
}
