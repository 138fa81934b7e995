/**
 * How fast the evidence page is in a real browser on loopback: from the page's load event to the first slice, and the
 * time between frames while somebody scrolls through the CT, once per view. Prints one table.
 * Needs Debian's chromium. Usage: node bench/evidence-page.ts
 */
import { loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import pino from 'pino';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY } from '../test/support/scripted-viewer.ts';

const LOADS = 15;
const SETTLE_MS = 1000;
const SCROLL_STEPS = 120;
const VIEWS = ['CT only', 'Side by side', 'Difference'] as const;

const viewer = await createScriptedViewer({ logger: pino({ level: 'silent' }) });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const address = viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' });

const firstSlices: number[] = [];
for (let load = 0; load < LOADS; load += 1) firstSlices.push(await measureFirstSlice(browser));
const page = await openPage(browser);
await page.locator('.loaded:empty').waitFor({ state: 'attached' });
console.log(`| what | median | p95 | largest |\n|---|---|---|---|`);
printRow(`first slice after load, ${LOADS} loads`, firstSlices);
for (const view of VIEWS) {
  await page.getByRole('button', { name: view, exact: true }).click();
  printRow(`time between frames while scrolling, ${view}`, await measureFrames(page));
}
console.log(`load average ${loadavg()[0]?.toFixed(1) ?? '?'}`);
await browser.close();
await viewer.close();

/** In a tab whose own start is over: the clinician's browser is open already. */
async function openPage(from: Browser): Promise<Page> {
  const opened = await from.newPage({ viewport: { width: 1440, height: 960 } });
  await setTimeout(SETTLE_MS);
  await opened.goto(address);
  await opened.locator('.stage[data-slice]').waitFor();
  return opened;
}

/** The mark is set when a slice is painted for the first time (viewer/browser/ct-viewer.js). */
async function measureFirstSlice(from: Browser): Promise<number> {
  const opened = await openPage(from);
  const ms = await opened.evaluate<number>(
    `performance.getEntriesByName('first-slice')[0].startTime - performance.getEntriesByType('navigation')[0].loadEventEnd`,
  );
  await opened.close();
  return ms;
}

/** One slice per frame, up and down: what the mouse wheel of a hurried person does. */
function measureFrames(opened: Page): Promise<number[]> {
  return opened.evaluate<number[]>(`new Promise((resolve) => {
    const stage = document.querySelector('.stage');
    const times = [];
    let [last, step] = [performance.now(), 0];
    const tick = (now) => {
      times.push(now - last);
      last = now;
      stage.dispatchEvent(new WheelEvent('wheel', { deltaY: step % 50 < 25 ? -60 : 60, cancelable: true }));
      step += 1;
      if (step < ${SCROLL_STEPS}) requestAnimationFrame(tick);
      else resolve(times.slice(1));
    };
    requestAnimationFrame(tick);
  })`);
}

function printRow(what: string, samples: readonly number[]): void {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (share: number) =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0)} ms`;
  console.log(`| ${what} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`);
}
