/** Finding an order, filling in the draft, signing it. What a card says never disables the signature. */
import { element } from './shared/dom.js';

/** The search field and its hits; every word typed must match. */
export function createPickList(orderables, onSelect) {
  const hits = element('ul', {});
  const search = element('input', {
    id: 'order-search',
    type: 'search',
    placeholder: 'Search orders, e.g. thrombectomy',
    autocomplete: 'off',
  });
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = orderables.filter((one) => {
      const text = [one.display, one.category, one.detail, ...one.words].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
    hits.replaceChildren(
      ...found.map((one) =>
        element(
          'li',
          {},
          element('span', {}, one.display, element('small', {}, `${one.category} · ${one.detail}`)),
          element(
            'button',
            { type: 'button', 'aria-label': `Select ${one.display}`, onclick: () => onSelect(one) },
            'Select',
          ),
        ),
      ),
      ...(found.length === 0 ? [element('li', {}, 'Nothing found')] : []),
    );
  };
  search.addEventListener('input', show);
  show();
  return element(
    'section.order.pick',
    { 'aria-labelledby': 'order-title' },
    element('h2', { id: 'order-title' }, element('label', { for: 'order-search' }, 'New order')),
    search,
    hits,
  );
}

const PRIORITIES = ['stat', 'asap', 'urgent', 'routine'];

/** The selected order as a form; `onSign` gets what is filled in. */
export function createDraft(orderable, onSign, onRemove) {
  const side = element(
    'select',
    { name: 'side' },
    ...['', 'left', 'right'].map((value) => option(value, value || 'not stated')),
  );
  const priority = element(
    'select',
    { name: 'priority' },
    ...PRIORITIES.map((value) => option(value, value.toUpperCase())),
  );
  const note = element('input', { name: 'note', maxlength: 500, autocomplete: 'off' });
  const read = () => ({
    priority: priority.value,
    ...(side.value === '' ? {} : { side: side.value }),
    ...(note.value.trim() === '' ? {} : { note: note.value.trim() }),
  });
  const sign = element('button.primary', { type: 'submit' }, 'Sign');
  const form = element(
    'form.draft',
    {
      onsubmit: (event) => {
        event.preventDefault();
        onSign();
      },
    },
    element('h3', {}, orderable.display),
    element('p.codes', {}, orderable.code.map((coding) => `${systemName(coding.system)} ${coding.code}`).join(' · ')),
    element(
      'div.fields',
      {},
      element('label', {}, 'Priority', priority),
      orderable.asksSide && element('label', {}, 'Side', side),
      element('label.wide', {}, 'Note to the team', note),
    ),
    element(
      'div.actions',
      {},
      sign,
      element('button', { type: 'button', onclick: onRemove }, 'Remove'),
      element('span.hint', {}, 'Draft, not signed'),
    ),
  );
  const section = element(
    'section.order',
    { 'aria-labelledby': 'draft-title' },
    element('h2', { id: 'draft-title' }, 'Order'),
    form,
  );
  return { section, read, setBusy: (busy) => (sign.disabled = busy) };
}

function option(value, text) {
  return element('option', { value }, text);
}

const SYSTEM_NAMES = {
  'http://www.ama-assn.org/go/cpt': 'CPT',
  'http://www.cms.gov/Medicare/Coding/ICD10': 'ICD-10-PCS',
  'http://snomed.info/sct': 'SNOMED CT',
  'http://loinc.org': 'LOINC',
};

function systemName(system) {
  return SYSTEM_NAMES[system] ?? 'local';
}
