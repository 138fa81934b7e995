/** The monitoring page and the trial's file in a real browser, over a made-up trial on a real FHIR server. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { renderReportFile } from '../../src/monitoring/page/render-report.ts';
import { readPageWords } from '../../src/wiring/build-monitoring.ts';
import { findAccessibilityProblems, launchBrowser, openWatchedPage, takeScreenshot } from '../support/browser.ts';
import { makeTrial, makeTrialEnsemble } from '../support/made-up-trial.ts';
import { openMonitoredSite, type MonitoredSite } from '../support/monitored-site.ts';

const DAYS = 'from=2026-11-01&to=2026-11-30';
const SCORES = Array.from({ length: 64 }, (_, index) => ((index * 37) % 64) / 70);

describe('monitoring page in a browser', function () {
  this.timeout(60_000);
  const closers: (() => Promise<void>)[] = [];
  let browser: Browser;
  let site: MonitoredSite;

  before(async function () {
    browser = await launchBrowser(this);
    closers.push(() => browser.close());
    site = await openSite('en', false);
  });
  after(async () => {
    for (const close of closers) await close();
  });

  async function openSite(language: 'en' | 'de', shadow: boolean): Promise<MonitoredSite> {
    const { resources } = makeTrial({ patients: 120, firstDay: '2026-11-01', days: 28, shadow, followedUp: 0.9 });
    const ensemble = makeTrialEnsemble(SCORES);
    const opened = await openMonitoredSite({ resources, ensemble, language, logger: pino({ level: 'silent' }) });
    closers.push(() => opened.close());
    return opened;
  }
  const open = async (where: MonitoredSite, viewport?: { width: number; height: number }) => {
    const watched = await openWatchedPage(browser, viewport);
    await watched.page.goto(`${where.links.sign('quality-office')}&${DAYS}`);
    await watched.page.getByRole('heading', { level: 1 }).waitFor();
    return watched;
  };
  const overflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

  it('shows orders, times, cards and the three questions, each by itself', async () => {
    const { page, problems } = await open(site);
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).to.deep.equal([
      'In short',
      'Orders answered',
      'How long it took',
      'What clinicians did with the cards',
      'Hemorrhage on this CT',
      'Hemorrhage after thrombectomy',
      'Poor collaterals (experimental)',
      'How this report was made',
    ]);
    expect(await page.getByText('120', { exact: true }).count()).to.be.above(0);
    expect(problems).to.deep.equal([]);
    await takeScreenshot(page, 'monitoring-page');
    await page.close();
  });

  it('draws plots that have a name, a description and a table', async () => {
    const { page } = await open(site);
    const plots = page.getByRole('img');
    expect(await plots.count()).to.equal(4);
    for (const plot of await plots.all()) {
      expect(await plot.locator('title').textContent()).to.not.equal('');
      expect(await plot.locator('desc').textContent()).to.match(/\d/);
    }
    expect(await page.locator('figure details').count()).to.equal(4);
    await page.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`has nothing serious for axe to find, ${scheme}`, async () => {
      const { page } = await open(site);
      await page.emulateMedia({ colorScheme: scheme });
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await findAccessibilityProblems(page)).to.deep.equal([]);
      if (scheme === 'dark') await takeScreenshot(page, 'monitoring-dark');
      await page.close();
    });
  }

  it('shows other days from its own form, by keyboard, under the same link', async () => {
    const { page, problems } = await open(site);
    await page.getByLabel('First day').fill('2026-11-10');
    await page.getByLabel('Last day').fill('2026-11-12');
    await page.getByRole('button', { name: 'Show' }).press('Enter');
    await page.getByText('10 Nov 2026 to 12 Nov 2026').waitFor();
    expect(site.audited.at(-1)?.look?.query).to.equal('from=2026-11-10&to=2026-11-12');
    expect(problems).to.deep.equal([]);
    await page.close();
  });

  it('fits a phone', async () => {
    const { page } = await open(site, { width: 390, height: 844 });
    expect(await overflow(page)).to.be.at.most(0);
    await takeScreenshot(page, 'monitoring-phone');
    await page.close();
  });

  it('speaks German', async () => {
    const { page } = await open(await openSite('de', false));
    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    await page.getByRole('heading', { name: 'Beantwortete Anordnungen' }).waitFor();
    await takeScreenshot(page, 'monitoring-german');
    await page.close();
  });

  it('is one file after a trial in shadow mode: no request, no card shown, what would have been shown', async () => {
    const trial = await openSite('en', true);
    const report = await trial.reporter.report({ firstDay: '2026-11-01', lastDay: '2026-11-30' });
    const file = join(mkdtempSync(join(tmpdir(), 'site-report-')), 'report.html');
    writeFileSync(file, renderReportFile(report, readPageWords('en')));
    const { page, problems } = await openWatchedPage(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.getByText('No card was shown in this period').waitFor();
    await page.getByText('Shadow mode: no card was shown').waitFor();
    expect(asked).to.deep.equal([pathToFileURL(file).href]);
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    expect(problems).to.deep.equal([]);
    await takeScreenshot(page, 'site-report');
    await page.close();
  });
});
