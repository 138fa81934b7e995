/** What went over the wire, for integrators: one click away, never in a clinician's way. */
import { element } from './shared/dom.js';

export function createRawExchanges(hook, results) {
  if (results.length === 0) return undefined;
  return element(
    'details.raw',
    {},
    element('summary', {}, 'Request and answer'),
    ...results.map((result) =>
      element(
        'div.exchange',
        {},
        element('p.line', {}, element('strong', {}, `${hook} → ${result.serviceId}`), describeOutcome(result)),
        ...result.problems.map((problem) => element('p.notice.bad', {}, problem)),
        ...createBody('Request', result.request),
        ...(result.exchange ? createBody('Answer', result.exchange.responseBody) : []),
      ),
    ),
  );
}

function describeOutcome({ exchange, failure }) {
  if (!exchange) return element('span', {}, `no answer: ${failure.message} (${failure.code})`);
  return element('span', {}, `POST ${exchange.url} · HTTP ${exchange.status} · ${exchange.durationMs} ms`);
}

function createBody(title, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return [
    element(
      'p.line',
      {},
      title,
      element(
        'button.quiet',
        { type: 'button', onclick: () => navigator.clipboard.writeText(text) },
        `Copy ${title.toLowerCase()}`,
      ),
    ),
    element('pre', { tabindex: 0, 'aria-label': title }, text),
  ];
}
