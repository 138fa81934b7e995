/**
 * The page: one patient, one draft order, the advice it drew. Select fires order-select; Sign fires order-sign and
 * holds the signature while there is advice to read. Services that fail never hold it.
 */
import { createCard } from './card-list.js';
import { followChart } from './chart-panel.js';
import { element } from './shared/dom.js';
import { ehrServer, toLinkAddress } from './ehr-server.js';
import { createDraft, createPickList } from './order-form.js';
import { createOutcomeForm } from './outcome-form.js';
import { createBanner, createCtList, createPatientList } from './patient-panel.js';
import { createRawExchanges } from './raw-exchange.js';
import { useWords } from './shared/words.js';

const find = (id) => document.getElementById(id);
const page = {
  patients: [],
  orderables: [],
  fhirUrl: '',
  patientId: undefined,
  calls: 0,
  orderPlace: element('div'),
  adviceSection: element('section.advice', { 'aria-labelledby': 'advice-title' }),
  stopFollowing: () => undefined,
};

async function start() {
  find('service-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void connect();
  });
  const [setting, orderables, patients] = await Promise.all([
    ehrServer.readSetting(),
    ehrServer.listOrderables(),
    ehrServer.listPatients(),
  ]);
  useWords(setting.words);
  Object.assign(page, { orderables, patients, fhirUrl: setting.fhirUrl });
  find('service-url').value = setting.serviceUrl ?? '';
  drawPatients();
  if (setting.serviceUrl !== undefined) await connect();
}

async function connect() {
  const state = find('service-state');
  state.textContent = 'connecting …';
  try {
    const { services } = await ehrServer.discover(find('service-url').value);
    const hooks = [...new Set(services.map((service) => service.hook))].join(', ');
    state.textContent = services.length === 0 ? 'connected, offers nothing' : `connected: ${hooks}`;
  } catch (error) {
    state.textContent = `not connected: ${error.message}`;
  }
}

function drawPatients() {
  find('patient-list').replaceChildren(
    ...createPatientList(page.patients, page.patientId, (id) => void openPatient(id)),
  );
}

async function openPatient(id) {
  page.stopFollowing();
  page.patientId = id;
  drawPatients();
  const workspace = find('workspace');
  try {
    const patient = await ehrServer.openPatient(id);
    if (page.patientId !== id) return;
    page.orderPlace = element('div');
    clearAdvice();
    workspace.replaceChildren(createBanner(patient), createCtList(patient.cts), page.orderPlace, page.adviceSection);
    drawPickList();
    workspace.focus();
    void drawOutcomeForm(id);
  } catch (error) {
    workspace.replaceChildren(element('p.notice.bad', {}, error.message));
  }
  page.stopFollowing = followChart(id, find('chart'), find('chart-news'), (reference) => void viewResource(reference));
}

/** Beside the chart, and never in the way of ordering. */
async function drawOutcomeForm(id) {
  const place = find('outcome');
  place.replaceChildren();
  const form = await createOutcomeForm(id).catch((error) => element('p.notice.bad', {}, error.message));
  if (page.patientId === id) place.replaceChildren(form);
}

function drawPickList() {
  page.orderPlace.replaceChildren(createPickList(page.orderables, (orderable) => void selectOrder(orderable)));
}

async function selectOrder(orderable) {
  clearAdvice();
  const draftId = `draft-${crypto.randomUUID().slice(0, 8)}`;
  const patientId = page.patientId;
  const draft = createDraft(
    orderable,
    () => void signOrder({ draft, readOrder, additions }),
    () => removeOrder(),
  );
  const additions = [];
  const readOrder = () => ({ patientId, orderableId: orderable.id, draftId, ...draft.read() });
  page.orderPlace.replaceChildren(draft.section);
  draft.section.querySelector('button.primary').focus();
  const fired = await fireHook('order-select', readOrder());
  const stillThere = page.orderPlace.contains(draft.section) && !fired.isStale();
  if (stillThere && (fired.cards.length > 0 || fired.failures.length > 0)) {
    drawAdvice(fired, { draft, readOrder, additions, signing: false });
  } else if (stillThere) drawQuietAnswer(fired, 'Selected. Decision support has nothing to say at this point.');
}

async function signOrder(order) {
  order.draft.setBusy(true);
  const fired = await fireHook('order-sign', order.readOrder());
  order.draft.setBusy(false);
  if (fired.isStale() || !page.orderPlace.contains(order.draft.section)) return;
  if (fired.cards.length === 0) await completeSigning(order, fired);
  else drawAdvice(fired, { ...order, signing: true });
}

/** A later answer (an analysis that has ended) without signing: that stays the clinician's own click. */
async function askAgain(order) {
  const fired = await fireHook('order-sign', order.readOrder());
  if (!fired.isStale() && page.orderPlace.contains(order.draft.section)) drawAdvice(fired, order);
}

async function completeSigning(order, fired) {
  try {
    await ehrServer.signOrder(order.readOrder(), order.additions);
  } catch (error) {
    page.adviceSection.prepend(element('p.notice.bad', { role: 'alert' }, `Not signed: ${error.message}`));
    return;
  }
  drawPickList();
  const notices = fired?.failures ?? [];
  const raw = page.adviceSection.querySelector('details.raw');
  page.adviceSection.replaceChildren(
    element('p.notice.good', { role: 'status' }, 'Order signed.'),
    ...notices,
    ...(fired ? [createRawExchanges('order-sign', fired.results)] : [raw]).filter(Boolean),
  );
  page.adviceSection.hidden = false;
}

function removeOrder() {
  clearAdvice();
  drawPickList();
  find('order-search').focus();
}

/** Never throws: a service that fails becomes a notice. An answer is stale once another call was made after it. */
async function fireHook(hook, order) {
  page.calls += 1;
  const call = page.calls;
  const isStale = () => call !== page.calls;
  const serviceUrl = find('service-url').value;
  try {
    const { results } = await ehrServer.fireHook(hook, order, serviceUrl);
    const cards = results.flatMap((result) => result.cards.map((card) => ({ card, serviceId: result.serviceId })));
    return { hook, serviceUrl, results, cards, failures: results.flatMap(describeFailure), isStale };
  } catch (error) {
    const notice = element(
      'p.notice.bad',
      {},
      `Decision support could not be asked: ${error.message}. Signing is not blocked.`,
    );
    return { hook, serviceUrl, results: [], cards: [], failures: [notice], isStale };
  }
}

function describeFailure({ title, exchange, failure, problems }) {
  if (failure)
    return [element('p.notice.bad', {}, `${title} did not answer: ${failure.message}. Signing is not blocked.`)];
  if (exchange.status !== 200) {
    return [
      element('p.notice.bad', {}, `${title} refused the call (HTTP ${exchange.status}). Signing is not blocked.`),
    ];
  }
  return problems.map((problem) => element('p.notice.bad', {}, problem));
}

function clearAdvice() {
  page.adviceSection.hidden = true;
  page.adviceSection.replaceChildren();
}

function drawQuietAnswer(fired, words) {
  page.adviceSection.hidden = false;
  page.adviceSection.replaceChildren(
    element('p.notice', { role: 'status' }, words),
    ...[createRawExchanges(fired.hook, fired.results)].filter(Boolean),
  );
}

function drawAdvice(fired, order) {
  const cards = fired.cards.map(({ card, serviceId }) =>
    createCard(card, {
      onFeedback: (entry) => ehrServer.sendFeedback(fired.serviceUrl, serviceId, [entry]),
      onSuggestion: async (suggestion) => applySuggestion(suggestion, order),
      toAddress: (link) => toLinkAddress(link, order.readOrder().patientId),
    }),
  );
  const decide = element(
    'div.actions',
    {},
    element('button.primary', { type: 'button', onclick: () => void completeSigning(order) }, 'Sign order now'),
    element('button', { type: 'button', onclick: removeOrder }, 'Do not sign, remove order'),
    element('button', { type: 'button', onclick: () => void askAgain(order) }, 'Ask again'),
    element('span.hint', {}, 'The order is not signed yet.'),
  );
  page.adviceSection.hidden = false;
  page.adviceSection.replaceChildren(
    element('h2', { id: 'advice-title', tabindex: -1 }, order.signing ? 'Before you sign' : 'Advice on this order'),
    ...fired.failures,
    ...cards,
    cards.length + fired.failures.length === 0 ? element('p.notice', {}, 'Decision support has nothing to say.') : '',
    ...(order.signing ? [decide] : []),
    ...[createRawExchanges(fired.hook, fired.results)].filter(Boolean),
  );
  if (order.signing) find('advice-title').focus();
}

/** create adds to what is signed, delete removes the draft; an update this simple form cannot hold is shown as JSON. */
function applySuggestion(suggestion, order) {
  for (const action of suggestion.actions ?? []) {
    if (action.type === 'create' && action.resource) {
      order.additions.push(action.resource);
      const words = action.description ?? action.resource.resourceType;
      order.draft.section.append(element('p.notice', {}, `Will be signed together: ${words}`));
    } else if (action.type === 'delete') removeOrder();
    else
      showJson(
        action.description ?? 'Suggested change',
        'This form cannot apply it; change the order by hand.',
        action.resource,
      );
  }
}

async function viewResource(reference) {
  try {
    const resource = await ehrServer.readResource(reference);
    showJson(reference, `GET ${page.fhirUrl}/${reference}`, resource);
  } catch (error) {
    showJson(reference, error.message, {});
  }
}

function showJson(title, address, value) {
  find('viewer-title').textContent = title;
  find('viewer-address').replaceChildren(element('code', {}, address));
  find('viewer-body').textContent = JSON.stringify(value, null, 2);
  find('viewer').showModal();
}

start().catch((error) => {
  find('workspace').replaceChildren(element('p.notice.bad', {}, `The sandbox cannot be reached: ${error.message}`));
});
