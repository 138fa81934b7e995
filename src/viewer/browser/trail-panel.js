/** Where the result comes from: times, versions, digests, feedback so far, and the way into the chart. */
import { element, english } from './dom.js';
import { sayAcquisition, sayClock } from './moments.js';
import { createTable } from './quality-panel.js';
import { say, sayCode, sayNumber } from './words.js';

export function createTrailPanel(view) {
  const facts = [
    [say('trail.ct'), element('span', {}, `${sayAcquisition(view)}. `, english(view.studyChoiceReason))],
    [say('trail.assessed'), sayClock(view.assessedAt)],
    [say('trail.ensemble'), `${view.ensemble.id} ${view.ensemble.version}`],
    [say('trail.ensemble-digest'), element('code', {}, view.ensemble.digest)],
    ...view.ensemble.networks.map((network) => [
      `${network.displayName} ${network.version}`,
      element('code', {}, network.digest),
    ]),
    view.inputDigest && [say('trail.input-digest'), element('code', {}, view.inputDigest)],
    [say('trail.assessment'), element('code', {}, view.key)],
    [
      say('trail.stages'),
      Object.entries(view.stagesMs)
        .map(([stage, ms]) => `${stage} ${sayNumber(ms, 0)} ms`)
        .join(', ') || say('trail.no-stages'),
    ],
    describeAccess(view),
  ].filter(Boolean);
  const viewsPlace = element('div', {}, element('p.empty', {}, say('trail.reading')));
  const node = element(
    'section.panel',
    { 'aria-labelledby': 'trail-title' },
    element('h2', { id: 'trail-title' }, say('trail')),
    element('dl.trail', {}, ...facts.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)])),
    element('h3', {}, say('trail.views')),
    viewsPlace,
    element('h3', {}, say('trail.feedback')),
    view.feedback.length === 0
      ? element('p.empty', {}, say('trail.no-feedback'))
      : createTable(
          ['when', 'card', 'outcome', 'reason'].map((name) => say(`trail.${name}`)),
          view.feedback.map((one) => [
            sayClock(one.at),
            one.decision ?? say('trail.unknown-card'),
            sayCode('feedback', one.outcome),
            one.reason ?? say('trail.no-reason'),
          ]),
        ),
    element('h3', {}, say('trail.chart')),
    element(
      'ul.links',
      {},
      ...view.chartLinks.map((link) =>
        element(
          'li',
          {},
          element('a', { href: link.url, rel: 'noreferrer', target: '_blank' }, link.label),
          element('code', {}, link.url),
        ),
      ),
    ),
  );
  return {
    node,
    /** Newest first, from the audit trail. */
    showViews(views) {
      viewsPlace.replaceChildren(
        views.length === 0
          ? element('p.empty', {}, say('trail.no-views'))
          : createTable(
              ['when', 'what', 'who'].map((name) => say(`trail.${name}`)),
              views.map((view) => [sayClock(view.at), sayCode('view', view.what), view.who ?? say('trail.nobody')]),
            ),
      );
    },
  };
}

/** How long this page opens, and whom its looks are recorded as. */
function describeAccess({ expiresAt, userId }) {
  const clock = sayClock(expiresAt);
  if (userId === undefined) return [say('trail.link'), say('trail.ends', { clock })];
  return [say('trail.session'), say('trail.ends-user', { clock, user: userId })];
}
