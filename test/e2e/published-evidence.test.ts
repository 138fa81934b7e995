/** The published-evidence page in a real browser: light, dark, phone, keyboard, axe; and the way to it. */
import { expect } from 'chai';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { findAccessibilityProblems, launchBrowser, openWatchedPage, takeScreenshot } from '../support/browser.ts';
import { servePublishedPage } from '../support/published-page.ts';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY } from '../support/scripted-viewer.ts';

describe('published evidence in a browser', function () {
  this.timeout(60_000);
  const closers: (() => Promise<void>)[] = [];
  let browser: Browser;
  let url: string;

  before(async function () {
    browser = await launchBrowser(this);
    closers.push(() => browser.close());
    const served = await servePublishedPage('en');
    closers.push(() => served.close());
    url = served.url;
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  const open = async (viewport?: { width: number; height: number }) => {
    const watched = await openWatchedPage(browser, viewport);
    await watched.page.goto(url);
    return watched;
  };
  const colorOf = (page: Page, selector: string, property: string) =>
    page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);

  it('shows the usual rate and the forest plots, and nothing fails', async () => {
    const { page, problems } = await open();
    await page.getByRole('heading', { name: 'What usually happens' }).waitFor();
    const plot = page.getByRole('img', { name: 'Any intracranial hemorrhage after thrombectomy' });
    expect(await plot.locator('text', { hasText: 'MR CLEAN-NO IV and -MED' }).count()).to.equal(1);
    expect(await page.locator('svg.forest').count()).to.equal(6);
    await takeScreenshot(page, 'published-evidence');
    expect(problems).to.deep.equal([]);
    await page.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has nothing serious for axe to find with everything open, ${colorScheme}`, async () => {
      const { page } = await open();
      await page.emulateMedia({ colorScheme });
      await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
      expect(await findAccessibilityProblems(page)).to.deep.equal([]);
      if (colorScheme === 'dark') await takeScreenshot(page, 'published-evidence-dark');
      await page.close();
    });
  }

  it('draws plots in the colours of the page', async () => {
    const { page } = await open();
    await page.emulateMedia({ colorScheme: 'light' });
    const [ink, mark] = [await colorOf(page, '.forest text', 'fill'), await colorOf(page, '.forest .square', 'fill')];
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await colorOf(page, '.forest text', 'fill')).to.not.equal(ink);
    expect(await colorOf(page, '.forest .square', 'fill')).to.not.equal(mark);
    await page.close();
  });

  it('is read and scrolled by keyboard', async () => {
    const { page } = await open({ width: 390, height: 844 });
    const region = page.getByRole('region', { name: 'Forest plot, Any intracranial hemorrhage after thrombectomy' });
    await region.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction('document.activeElement.scrollLeft > 0');
    await page.locator('article[aria-labelledby="any-ich"] summary').first().focus();
    await page.keyboard.press('Enter');
    await page.getByText('Of 1097 evaluated participants').first().waitFor();
    await page.close();
  });

  it('fits a phone: plots and tables scroll inside themselves', async () => {
    const { page } = await open({ width: 390, height: 844 });
    await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).to.be.at.most(0);
    await takeScreenshot(page, 'published-evidence-phone');
    await page.close();
  });

  it('goes from the list of questions to the question', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: 'Poor collaterals and any hemorrhage' }).click();
    expect(page.url()).to.match(/#poor-collaterals-any-ich$/);
    await page.getByText('Not pooled: no verified study.').first().waitFor();
    await page.close();
  });

  it('speaks German to whoever asks for it', async () => {
    const served = await servePublishedPage('en');
    const { page, problems } = await openWatchedPage(browser);
    await page.goto(`${served.url}?language=de`);
    await page.getByRole('heading', { name: 'Veröffentlichte Evidenz' }).waitFor();
    await takeScreenshot(page, 'published-evidence-german');
    expect(problems).to.deep.equal([]);
    await page.close();
    await served.close();
  });

  it('is one link away from the evidence page', async () => {
    const viewer = await createScriptedViewer({ logger: pino({ level: 'silent' }) });
    const { page } = await openWatchedPage(browser);
    await page.goto(viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' }));
    const link = page.getByRole('link', { name: 'Published evidence' });
    const address = new URL((await link.getAttribute('href')) ?? '', page.url());
    expect(`${address.origin}${address.pathname}`).to.equal(`${viewer.url}/evidence/published`);
    await page.close();
    await viewer.close();
  });
});
