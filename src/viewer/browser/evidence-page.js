/**
 * The page behind a card. While the analysis runs it says so and asks again; once there is a result, the words come
 * first and the CT follows.
 */
import { createCtViewer } from './ct-viewer.js';
import { element } from './dom.js';
import { evidenceServer } from './evidence-server.js';
import { createFindingCards } from './finding-cards.js';
import { firstLook, lookUp } from './first-look.js';
import { createModelPanel } from './model-panel.js';
import { sayAcquisition, sayClock } from './moments.js';
import { createQualityPanel } from './quality-panel.js';
import { createScoresPanel } from './scores-panel.js';
import { createTrailPanel } from './trail-panel.js';
import { say } from './words.js';

const ASK_AGAIN_MS = 2000;
const page = document.getElementById('page');

/** @param {ReturnType<typeof lookUp>} look */
async function start(look) {
  try {
    const { result, ...ct } = await look;
    if (result.kind === 'ready') await showResult(result, ct);
    else showPending(result);
  } catch (error) {
    showProblem(error.message);
  }
}

function showPending({ state, message }) {
  const since = state.since ? ` ${say('pending.since', { clock: sayClock(state.since) })}` : '';
  const ahead = state.ahead > 0 ? ` ${say('pending.ahead', { count: state.ahead })}` : '';
  const isOver = state.kind === 'failed';
  page.replaceChildren(
    element(
      'div.pending',
      { role: 'status' },
      !isOver && element('span.spinner', { 'aria-hidden': 'true' }),
      element('p', {}, element('strong', {}, message), `${since}${ahead}`),
      element('p', {}, say('pending.no-result')),
      state.code && element('p', {}, say('pending.code', { code: state.code })),
      !isOver && element('p.hint', {}, say('pending.again')),
    ),
  );
  if (!isOver) setTimeout(() => void start(lookUp()), ASK_AGAIN_MS);
}

function showProblem(message) {
  page.replaceChildren(
    element(
      'div.pending',
      { role: 'alert' },
      element('p', {}, element('strong', {}, say('problem')), ` ${message}`),
      element('button', { type: 'button', onclick: () => location.reload() }, say('problem.again')),
    ),
  );
}

async function showResult(view, ct) {
  document.getElementById('study-line').textContent = say('study-line', {
    patient: view.patientId,
    ct: sayAcquisition(view),
    assessed: sayClock(view.assessedAt),
  });
  const ctPlace = element('div.ct-place', {}, element('p.status', { role: 'status' }, say('ct.fetching')));
  let viewer;
  const findings = createFindingCards(view.findings, (finding) => {
    findings.markShown(finding.target);
    void viewer?.showFinding(finding);
    ctPlace.scrollIntoView({ block: 'nearest' });
  });
  const trail = createTrailPanel(view);
  const [scoresPlace, modelPlace] = [element('div'), element('div')];
  page.replaceChildren(
    ...sayIfOutdated(view),
    element('div.split', {}, ctPlace, findings.node),
    element('div.panels', {}, scoresPlace, createQualityPanel(view), trail.node, modelPlace),
  );
  viewer = await showCt(view, ctPlace, ct);
  // Asked for once the first slice is on its way: nobody waits for these.
  void evidenceServer
    .readContext()
    .catch(() => ({ scores: [], biomarkers: [], views: [] }))
    .then(({ scores, biomarkers, views }) => {
      scoresPlace.replaceChildren(createScoresPanel(scores, biomarkers));
      trail.showViews(views);
    });
  void evidenceServer
    .readModels()
    .catch(() => ({ cards: [], plots: [] }))
    .then(({ cards, plots }) => modelPlace.replaceChildren(createModelPanel(cards, plots)));
  if (viewer?.isWhatNetworksSaw) findings.offerCt();
  const [first] = view.findings.filter((finding) => finding.kind === 'estimate' && finding.call === 'positive');
  const shown =
    first ?? view.findings.find((finding) => finding.kind === 'estimate' || finding.hasMaps) ?? view.findings[0];
  if (!viewer || !shown) return;
  findings.markShown(shown.kind === 'estimate' || shown.hasMaps ? shown.target : undefined);
  await viewer.showFinding(shown);
}

/** Images came after this assessment: a newer one covers them, or none does yet. */
function sayIfOutdated({ supersededAt, hasLateImages }) {
  if (supersededAt === undefined && !hasLateImages) return [];
  const text = supersededAt === undefined ? say('outgrown') : say('superseded', { clock: sayClock(supersededAt) });
  return [element('p.notice.bad', { role: 'alert' }, text)];
}

async function showCt(view, place, ct) {
  try {
    const volume = await ct.volume;
    if (volume.kind === 'unavailable') {
      place.replaceChildren(element('p.notice', {}, say('ct.none', { detail: volume.detail })));
      return undefined;
    }
    const viewer = createCtViewer(volume, view.findings, ct.firstSlice);
    place.replaceChildren(viewer.node);
    return viewer;
  } catch (error) {
    place.replaceChildren(element('p.notice.bad', { role: 'alert' }, say('ct.failed', { detail: error.message })));
    return undefined;
  }
}

/** The same page in the other language, under the same link or session. */
function offerOtherLanguage(link) {
  const address = new URL(location.href);
  address.searchParams.set('language', link.hreflang);
  link.href = address.href;
  link.hidden = false;
}

offerOtherLanguage(document.getElementById('other-language'));
void start(firstLook);
