/** Where the result comes from: times, versions, digests, feedback so far, and the way into the chart. */
import { element } from './dom.js';
import { sayAcquisition, sayClock } from './moments.js';
import { createTable } from './quality-panel.js';

export function createTrailPanel(view) {
  const facts = [
    ['CT', `${sayAcquisition(view)}. ${view.studyChoiceReason}`],
    ['Assessed', sayClock(view.assessedAt)],
    ['Ensemble', `${view.ensemble.id} ${view.ensemble.version}`],
    ['Ensemble digest', element('code', {}, view.ensemble.digest)],
    ...view.ensemble.networks.map((network) => [
      `${network.displayName} ${network.version}`,
      element('code', {}, network.digest),
    ]),
    view.inputDigest && ['Input digest', element('code', {}, view.inputDigest)],
    ['Assessment', element('code', {}, view.key)],
    [
      'Time taken',
      Object.entries(view.stagesMs)
        .map(([stage, ms]) => `${stage} ${Math.round(ms)} ms`)
        .join(', ') || 'not recorded',
    ],
    ['This link', `ends ${sayClock(view.expiresAt)}; every view is audited`],
  ].filter(Boolean);
  const viewsPlace = element('div', {}, element('p.empty', {}, 'Reading …'));
  const node = element(
    'section.panel',
    { 'aria-labelledby': 'trail-title' },
    element('h2', { id: 'trail-title' }, 'Trail'),
    element('dl.trail', {}, ...facts.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)])),
    element('h3', {}, 'Shown and seen'),
    viewsPlace,
    element('h3', {}, 'Feedback on the cards'),
    view.feedback.length === 0
      ? element('p.empty', {}, 'None so far.')
      : createTable(
          ['When', 'Card', 'Outcome', 'Reason'],
          view.feedback.map((one) => [
            sayClock(one.at),
            one.decision ?? 'unknown',
            one.outcome,
            one.reason ?? 'none given',
          ]),
        ),
    element('h3', {}, 'In the chart'),
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
          ? element('p.empty', {}, 'Nothing is in the audit trail yet.')
          : createTable(
              ['When', 'What', 'Who'],
              views.map((view) => [sayClock(view.at), view.what, view.who ?? 'not named']),
            ),
      );
    },
  };
}
