/**
 * The CT with its controls: scroll by wheel, keys, touch and slider; window presets; maps of both networks side by
 * side, one alone, or their difference. Drawing happens once per frame at most.
 */
import { createPane } from './ct-pane.js';
import { element } from './dom.js';
import { evidenceServer } from './evidence-server.js';
import { paintDifference, paintHeat, stretchMap } from './heat.js';
import { createSliceStore } from './slice-store.js';
import { createSliceStrip } from './slice-strip.js';
import { say, sayNumber } from './words.js';

/** Level and width in HU as head CT is usually read. */
const WINDOWS = {
  brain: { levelHu: 40, widthHu: 80 },
  subdural: { levelHu: 80, widthHu: 200 },
  stroke: { levelHu: 40, widthHu: 40 },
  bone: { levelHu: 600, widthHu: 2800 },
};
const TOUCH_PX_PER_SLICE = 14;
const WHEEL_PX_PER_SLICE = 60;

/** @param {Promise<Uint8Array>} firstSlice volume.firstSlice, asked for already */
export function createCtViewer(volume, findings, firstSlice) {
  const state = {
    slice: volume.firstSlice,
    window: 'brain',
    view: 'ct',
    opacity: 0.5,
    finding: undefined,
    maps: [],
  };
  // Slices are named by their place in the CT the networks saw; in another one they are somewhere else.
  const listDriving = (finding) => (volume.isWhatNetworksSaw ? (finding.drivingSlices ?? []) : []);
  const stage = element('div.stage', { tabindex: 0, role: 'group', 'aria-label': say('ct.stage') });
  const stripPlace = element('div');
  const readout = element('output.readout');
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: volume.sliceCount - 1,
    'aria-label': say('ct.slider'),
  });
  const loaded = element('span.loaded');
  let [panes, strip, planned] = [[], undefined, false];

  const store = createSliceStore(
    volume,
    [volume.firstSlice, ...findings.flatMap(listDriving)],
    (index, error) => {
      const count = volume.sliceCount;
      loaded.textContent = store.count() < count ? say('ct.loaded', { loaded: store.count(), count }) : '';
      if (error && index === state.slice) {
        loaded.textContent = say('ct.slice-failed', { slice: index + 1, detail: error.message });
      }
      if (index === state.slice) plan();
    },
    firstSlice,
  );

  function plan() {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      draw();
    });
  }

  function draw() {
    const pixels = store.find(state.slice);
    if (pixels) stage.dataset.slice = String(state.slice + 1);
    for (const { pane, paintMap } of panes) {
      pane.drawSlice(pixels, WINDOWS[state.window]);
      const map = paintMap(state.slice);
      pane.drawMap(map?.heat, map?.crop, state.opacity);
    }
    if (pixels && performance.getEntriesByName('first-slice').length === 0) performance.mark('first-slice');
    slider.value = String(state.slice);
    strip?.moveTo(state.slice);
    const height = volume.slicePositionsMm[state.slice] - volume.slicePositionsMm[0];
    readout.textContent = say('ct.readout', {
      slice: state.slice + 1,
      count: volume.sliceCount,
      height: sayNumber(height, 0),
    });
  }

  function moveTo(index) {
    const clamped = Math.max(0, Math.min(volume.sliceCount - 1, index));
    if (clamped === state.slice) return;
    state.slice = clamped;
    plan();
  }

  function mapOf(network, slice) {
    const position = network.sliceIndexes.indexOf(slice);
    const cells = state.maps.find((one) => one.network === network.network)?.maps[position];
    return cells ? { grid: stretchMap(cells, network.camSize), crop: network.crop } : undefined;
  }

  function rebuildPanes() {
    const plain = { pane: createPane(volume, say('ct.title')), paintMap: () => undefined };
    const heatOf = (network) => ({
      pane: createPane(volume, network.displayName),
      paintMap: (slice) => {
        const map = mapOf(network, slice);
        return map && { heat: paintHeat(map.grid), crop: map.crop };
      },
    });
    const [one, other] = volume.networks;
    const difference = () => ({
      pane: createPane(volume, say('maps.difference-caption', { one: one.displayName, other: other.displayName })),
      paintMap: (slice) => {
        const [first, second] = [mapOf(one, slice), mapOf(other, slice)];
        return first && second && { heat: paintDifference(first.grid, second.grid), crop: first.crop };
      },
    });
    const views = { ct: () => [plain], both: () => volume.networks.map(heatOf), difference: () => [difference()] };
    panes = (views[state.view] ?? (() => [heatOf(volume.networks[Number(state.view)])]))();
    stage.replaceChildren(...panes.map(({ pane }) => pane.node));
    stage.dataset.panes = String(panes.length);
    plan();
  }

  const views = createViewButtons(volume, (view) => {
    state.view = view;
    rebuildPanes();
  });

  async function showFinding(finding) {
    state.finding = finding;
    state.maps = [];
    const hasMaps = (finding.kind === 'estimate' || finding.hasMaps) && volume.networks.length > 0;
    if (hasMaps) state.maps = await evidenceServer.readMaps(finding.target).catch(() => []);
    if (state.finding !== finding) return;
    const driving = listDriving(finding);
    strip = hasMaps ? createSliceStrip(volume, finding.target, driving, moveTo) : undefined;
    stripPlace.replaceChildren(
      strip?.node ?? element('p.legend', {}, say('ct.no-maps')),
      ...createDrivingButtons(driving, moveTo),
    );
    state.view = views.allow(state.maps.length > 0);
    rebuildPanes();
    if (driving.length > 0) moveTo(driving[0]);
    plan();
  }

  listenForScrolling(stage, () => state.slice, moveTo, volume.sliceCount);
  slider.addEventListener('input', () => moveTo(Number(slider.value)));
  rebuildPanes();
  return {
    node: element(
      'section.ct',
      { 'aria-labelledby': 'ct-title' },
      element('h2', { id: 'ct-title' }, say('ct.title')),
      !volume.isWhatNetworksSaw && element('p.notice.bad', {}, say('ct.other')),
      element(
        'div.tools',
        {},
        createWindowChoice(state.window, (name) => {
          state.window = name;
          plan();
        }),
        views.node,
        createOpacity(state, plan),
      ),
      stage,
      element('div.scroll', {}, slider, readout, loaded),
      stripPlace,
    ),
    showFinding,
    moveTo,
    isWhatNetworksSaw: volume.isWhatNetworksSaw,
  };
}

/** The slices that drove a finding, one click or key away. */
function createDrivingButtons(driving, moveTo) {
  if (driving.length === 0) return [];
  const buttons = driving.map((index) =>
    element('button', { type: 'button', onclick: () => moveTo(index) }, say('ct.driving-slice', { slice: index + 1 })),
  );
  return [element('p.driving-slices', {}, say('ct.driving'), ...buttons)];
}

function createWindowChoice(chosen, onChoose) {
  const options = Object.keys(WINDOWS);
  const buttons = options.map((option) => {
    const { levelHu: level, widthHu: width } = WINDOWS[option];
    const title = say('window.values', { level, width });
    return element(
      'button',
      { type: 'button', title, 'aria-pressed': String(option === chosen) },
      say(`window.${option}`),
    );
  });
  buttons.forEach((button, at) =>
    button.addEventListener('click', () => {
      buttons.forEach((one) => one.setAttribute('aria-pressed', String(one === button)));
      onChoose(options[at]);
    }),
  );
  return element('div.choice', { role: 'group', 'aria-label': say('window') }, ...buttons);
}

/** CT alone, each network, both, difference; without maps only the CT. */
function createViewButtons(volume, onView) {
  const options = [
    ['ct', say('maps.ct')],
    ...volume.networks.map((network, at) => [String(at), network.displayName]),
    ...(volume.networks.length > 1
      ? [
          ['both', say('maps.both')],
          ['difference', say('maps.difference')],
        ]
      : []),
  ];
  let current = 'ct';
  let chosen = volume.networks.length > 1 ? 'both' : '0';
  const press = () =>
    buttons.forEach((one, at) => one.setAttribute('aria-pressed', String(options[at][0] === current)));
  const buttons = options.map(([view, label]) =>
    element(
      'button',
      {
        type: 'button',
        onclick: () => {
          current = chosen = view;
          press();
          onView(view);
        },
      },
      label,
    ),
  );
  return {
    node: element('div.choice', { role: 'group', 'aria-label': say('maps') }, ...buttons),
    /** @returns the view to show: the last one chosen where there are maps */
    allow(hasMaps) {
      buttons.forEach((button, at) => (button.disabled = !hasMaps && options[at][0] !== 'ct'));
      current = hasMaps ? chosen : 'ct';
      press();
      return current;
    },
  };
}

function createOpacity(state, plan) {
  const input = element('input', { type: 'range', min: 0, max: 1, step: 0.05, value: state.opacity });
  input.addEventListener('input', () => {
    state.opacity = Number(input.value);
    plan();
  });
  return element('label.opacity', {}, say('maps.opacity'), input);
}

function listenForScrolling(stage, current, moveTo, sliceCount) {
  let wheel = 0;
  stage.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      wheel += event.deltaMode === 0 ? event.deltaY / WHEEL_PX_PER_SLICE : event.deltaY;
      const steps = Math.trunc(wheel);
      wheel -= steps;
      if (steps !== 0) moveTo(current() - steps);
    },
    { passive: false },
  );
  const keys = {
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
    PageUp: 5,
    PageDown: -5,
    Home: -sliceCount,
    End: sliceCount,
  };
  stage.addEventListener('keydown', (event) => {
    const step = keys[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveTo(current() + step);
  });
  let touch;
  stage.addEventListener('pointerdown', (event) => {
    touch = { y: event.clientY, slice: current() };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener('pointermove', (event) => {
    if (touch) moveTo(touch.slice + Math.round((touch.y - event.clientY) / TOUCH_PX_PER_SLICE));
  });
  for (const end of ['pointerup', 'pointercancel']) stage.addEventListener(end, () => (touch = undefined));
}
