/**
 * The chart beside the order: asked again every two seconds while the page is visible, with the query any FHIR
 * client could send. What was not there when the patient was opened is marked as new.
 */
import { element } from './shared/dom.js';
import { ehrServer } from './ehr-server.js';
import { sayClock } from './shared/moments.js';

const INTERVAL_MS = 2000;

/** Follows one patient's chart until the returned function is called. */
export function followChart(patientId, container, news, onView) {
  const known = new Map();
  let [timer, stopped, drawn] = [undefined, false, ''];

  async function refresh() {
    if (!document.hidden) {
      try {
        const sections = await ehrServer.listChart(patientId);
        const text = JSON.stringify(sections);
        if (!stopped && text !== drawn) draw(sections);
        drawn = text;
      } catch (error) {
        if (!stopped)
          container.replaceChildren(element('p.notice.bad', {}, `The chart cannot be read: ${error.message}`));
        drawn = '';
      }
    }
    if (!stopped) timer = setTimeout(refresh, INTERVAL_MS);
  }

  function draw(sections) {
    const first = known.size === 0;
    const items = sections.flatMap((section) => section.items);
    const fresh = items.filter((item) => !known.has(item.reference));
    for (const item of fresh) known.set(item.reference, !first);
    const shown = sections.filter((section) => section.items.length > 0 || section.failure !== undefined);
    container.replaceChildren(
      ...(shown.length === 0
        ? [element('p.empty', {}, 'Nothing written yet.')]
        : shown.map((one) => createSection(one, fresh))),
    );
    if (!first && fresh.length > 0) news.textContent = `${fresh.length} new in the chart`;
  }

  function createSection(section, fresh) {
    return element(
      'section',
      {},
      element('h3', {}, section.title, element('span.count', {}, String(section.items.length))),
      section.query && element('code.query', {}, `GET ${section.query}`),
      section.failure && element('p.notice.bad', {}, `The query was refused (${section.failure})`),
      element('ul', {}, ...section.items.map((item) => createItem(item, fresh.includes(item)))),
    );
  }

  function createItem(item, isFresh) {
    return element(
      isFresh && known.get(item.reference) ? 'li.fresh' : 'li',
      {},
      element(
        'button',
        { type: 'button', onclick: () => onView(item.reference) },
        element('span', {}, item.title, known.get(item.reference) && element('span.new', {}, '  NEW')),
        item.when && element('span.when', {}, sayClock(item.when)),
      ),
    );
  }

  void refresh();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
