/**
 * CDS Hooks cards as an EHR shows them: severity by colour, icon and word; detail, links, suggestions; override
 * with a reason, reported back to the service (CDS Hooks 2.0, Feedback).
 */
import { element, icon } from './shared/dom.js';

const INDICATORS = {
  info: { word: 'Information', path: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.8v.1' },
  warning: { word: 'Warning', path: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.1' },
  critical: { word: 'Critical', path: 'M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM12 7.5v5.5M12 16.4v.1' },
};

/**
 * @param card as the server read it
 * @param {{ onFeedback(entry): Promise<void>, onSuggestion(suggestion): Promise<void>, toAddress(link): string }} actions
 */
export function createCard(card, actions) {
  const indicator = INDICATORS[card.indicator];
  const outcome = element('p.outcome', { role: 'status' });
  const report = async (entry, words) => {
    if (card.uuid === undefined) return;
    try {
      await actions.onFeedback({ card: card.uuid, ...entry, outcomeTimestamp: new Date().toISOString() });
      outcome.textContent = words;
    } catch (error) {
      outcome.textContent = `Feedback was not taken: ${error.message}`;
    }
  };
  return element(
    `article.card.${card.indicator}`,
    { 'aria-label': `${indicator.word}: ${card.summary}` },
    element('p.indicator', {}, icon(indicator.path), indicator.word),
    element('h3', {}, card.summary),
    createDetail(card.detailHtml),
    createLinks(card.links ?? [], actions.toAddress),
    createSuggestions(card.suggestions ?? [], actions.onSuggestion, report),
    card.uuid !== undefined && createOverride(card.overrideReasons ?? [], report),
    outcome,
    element('p.source', {}, `Source: ${card.source.label}`),
  );
}

/** Rendered by the server from markdown with HTML and images off. */
function createDetail(html) {
  if (html === undefined) return undefined;
  const detail = element('div.detail');
  detail.innerHTML = html;
  return detail;
}

/** A SMART link is opened by the EHR, which tells the app whose chart is open (CDS Hooks 2.0, Link). */
function createLinks(links, toAddress) {
  if (links.length === 0) return undefined;
  return element(
    'p.links',
    {},
    ...links.map((link) =>
      element('a', { href: toAddress(link), target: '_blank', rel: 'noopener noreferrer' }, `${link.label} ↗`),
    ),
  );
}

function createSuggestions(suggestions, onSuggestion, report) {
  if (suggestions.length === 0) return undefined;
  return element(
    'div.actions',
    {},
    ...suggestions.map((suggestion) =>
      element(
        suggestion.isRecommended === true ? 'button.primary' : 'button',
        {
          type: 'button',
          onclick: async (event) => {
            event.currentTarget.disabled = true;
            await onSuggestion(suggestion);
            if (suggestion.uuid === undefined) return;
            await report(
              { outcome: 'accepted', acceptedSuggestions: [{ id: suggestion.uuid }] },
              'Suggestion accepted',
            );
          },
        },
        suggestion.label,
      ),
    ),
  );
}

function createOverride(reasons, report) {
  const reason = element(
    'select',
    { 'aria-label': 'Reason for overriding' },
    element('option', { value: '' }, 'Reason for overriding …'),
    ...reasons.map((coding, index) => element('option', { value: index }, coding.display ?? coding.code)),
  );
  const comment = element('input', {
    'aria-label': 'Comment',
    placeholder: 'Comment (optional)',
    maxlength: 500,
    autocomplete: 'off',
  });
  const override = async () => {
    const coding = reason.value === '' ? undefined : reasons[Number(reason.value)];
    const overrideReason = {
      ...(coding === undefined
        ? {}
        : { reason: { system: coding.system, code: coding.code, display: coding.display } }),
      ...(comment.value.trim() === '' ? {} : { userComment: comment.value.trim() }),
    };
    const entry = Object.keys(overrideReason).length === 0 ? {} : { overrideReason };
    await report(
      { outcome: 'overridden', ...entry },
      `Overridden${coding ? `: ${coding.display ?? coding.code}` : ''}`,
    );
  };
  return element(
    'div.override',
    {},
    reasons.length > 0 && reason,
    comment,
    element('button', { type: 'button', onclick: override }, 'Override'),
  );
}
