/** The evidence page in a real browser, over a phantom CT and a scripted assessment. */
import { expect } from 'chai';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import type { AbstentionReason } from '../../src/assessment/domain/abstention.ts';
import type { StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { Target } from '../../src/assessment/domain/target.ts';
import { findAccessibilityProblems, launchBrowser, openWatchedPage, takeScreenshot } from '../support/browser.ts';
import { createScriptedViewer, VIEWER_HOOK, VIEWER_KEY, type ScriptedViewer } from '../support/scripted-viewer.ts';

function refuseAll(reason: AbstentionReason, detail: string): StudyAssessment['findings'] {
  const refuse = (target: Target) =>
    ({ kind: 'abstained', target, evidenceLevel: 'in-silico', reason, detail }) as const;
  return [refuse('ich-present'), refuse('ich-after-evt'), refuse('poor-collaterals')];
}

describe('evidence page in a browser', function () {
  this.timeout(60_000);
  const closers: (() => Promise<void>)[] = [];
  let browser: Browser;
  let viewer: ScriptedViewer;
  let assessment: StudyAssessment;

  before(async function () {
    browser = await launchBrowser(this);
    closers.push(() => browser.close());
    viewer = await createScriptedViewer({ logger: pino({ level: 'silent' }) });
    closers.push(() => viewer.close());
    assessment = viewer.state.assessment!;
  });
  afterEach(() => {
    viewer.state.assessment = assessment;
  });
  after(async () => {
    for (const close of closers) await close();
  });

  const link = () => viewer.links.sign({ assessmentKey: VIEWER_KEY, hookInstance: VIEWER_HOOK, patientId: 'p1' });
  const open = async (viewport?: { width: number; height: number }) => {
    const watched = await openWatchedPage(browser, viewport);
    await watched.page.goto(link());
    await watched.page.locator('.stage[data-slice]').waitFor();
    return watched;
  };
  const readout = (page: Page) => page.locator('.readout').textContent();
  /** Sum of a canvas: changes whenever the picture changes. */
  const sumCanvas = (page: Page, selector: string) =>
    page.evaluate<number>(
      `(() => { const canvas = document.querySelector('${selector}');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value) => sum + value, 0); })()`,
    );

  it('opens on the slice that drove the finding, with both maps side by side', async () => {
    const { page, problems } = await open();
    await page.getByText('SEResNet101', { exact: true }).last().waitFor();
    expect(await readout(page)).to.match(/^Slice 16 of 30/);
    expect(await page.locator('.pane').count()).to.equal(2);
    expect(await sumCanvas(page, '.pane canvas')).to.be.above(0);
    expect(await sumCanvas(page, '.pane canvas.overlay')).to.be.above(0);
    await page.getByText('SEDAN: 2 of 6 points').waitFor();
    await takeScreenshot(page, 'evidence-page');
    expect(problems).to.deep.equal([]);
    await page.close();
  });

  it('asks for each slice once, for the one that drove the finding first, and is one look in the trail', async () => {
    viewer.audited.length = 0;
    const { page } = await openWatchedPage(browser);
    const slices: string[] = [];
    page.on('request', (request) => slices.push(...(/\/slices\/\w+/.exec(request.url()) ?? [])));
    await page.goto(link());
    await page.locator('.stage[data-slice]').waitFor();
    await page.locator('.loaded:empty').waitFor({ state: 'attached' });
    expect(slices[0]).to.equal('/slices/first');
    expect(slices).to.have.length(30);
    expect(new Set(slices).size).to.equal(30);
    expect(viewer.audited.map(({ kind }) => kind)).to.deep.equal(['evidence-viewed']);
    await page.close();
  });

  it('has nothing serious for axe to find', async () => {
    const { page } = await open();
    await page.getByText('HTI: not computed').waitFor();
    await page.locator('details.model summary').first().click();
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await page.close();
  });

  it('scrolls by keys, wheel and slider', async () => {
    const { page } = await open();
    await page.locator('.stage').focus();
    await page.keyboard.press('ArrowUp');
    await page.locator('.stage[data-slice="17"]').waitFor();
    await page.keyboard.press('Home');
    await page.locator('.stage[data-slice="1"]').waitFor();
    await page.locator('.stage').hover();
    await page.mouse.wheel(0, -180);
    await page.locator('.stage[data-slice="4"]').waitFor();
    await page.getByLabel('Slice, lowest to highest').fill('29');
    await page.locator('.stage[data-slice="30"]').waitFor();
    await page.close();
  });

  it('changes the picture with the window and the map with its opacity', async () => {
    const { page } = await open();
    const brain = await sumCanvas(page, '.pane canvas');
    await page.getByRole('button', { name: 'Bone' }).click();
    await page.waitForTimeout(100);
    expect(await sumCanvas(page, '.pane canvas')).to.not.equal(brain);
    const strong = await sumCanvas(page, '.pane canvas.overlay');
    await page.getByLabel('Map opacity').fill('0.1');
    await page.waitForTimeout(100);
    expect(await sumCanvas(page, '.pane canvas.overlay')).to.be.below(strong);
    await page.close();
  });

  it('shows where the networks differ, and the CT alone', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Difference' }).click();
    await page.getByText(/blue InceptionV4 stronger/).waitFor();
    await page.getByRole('button', { name: 'CT only' }).click();
    await page.waitForTimeout(100);
    expect(await sumCanvas(page, '.pane canvas.overlay')).to.equal(0);
    await page.close();
  });

  it('reads the scale out to those who do not see it', async () => {
    const { page } = await open();
    const label = await page.locator('.risk-scale').getAttribute('aria-label');
    expect(label).to.equal(
      'Estimate 91%; 95% interval 78% to 96%; threshold 42%; InceptionV4 94%, SEResNet101 86%; no published rate for these patients.',
    );
    await page.close();
  });

  it('gives no number and no map for what is withheld', async () => {
    const { page } = await open();
    const withheld = page.locator('.finding', { hasText: 'Withheld' });
    expect(await withheld.textContent())
      .to.contain('not enough evidence')
      .and.not.match(/\d+%/);
    expect(await withheld.getByRole('button').count()).to.equal(0);
    await page.close();
  });

  it('says one refusal once, and why there is no CT to look at', async () => {
    const { opened } = viewer.state;
    viewer.state.opened = { kind: 'unavailable', detail: 'None of 2 series can be used' };
    viewer.state.assessment = {
      ...assessment,
      findings: refuseAll('contrast-enhanced', 'None of 2 series can be used'),
    };
    const { page, problems } = await openWatchedPage(browser);
    await page.goto(link());
    await page.getByText('No CT to show: None of 2 series can be used').waitFor();
    expect(await page.locator('.finding').count()).to.equal(1);
    expect(await page.locator('.finding').textContent())
      .to.contain('the CT has contrast')
      .and.contain('not a low-risk');
    expect(await page.getByRole('button', { name: /Show on the CT/ }).count()).to.equal(0);
    expect(problems).to.deep.equal([]);
    viewer.state.opened = opened;
    await page.close();
  });

  const WITHOUT_ITS_CT = [
    ['no CT', { kind: 'unavailable', detail: 'gone' }, 'No CT to show: gone'],
    ['another CT', undefined, 'The networks did not see this CT: no maps and slice scores are shown.'],
  ] as const;
  for (const [what, changed, words] of WITHOUT_ITS_CT) {
    it(`offers to show findings on the CT they are about, and not where there is ${what}`, async () => {
      const { opened } = viewer.state;
      if (opened.kind !== 'volume') throw new Error('no volume');
      const { page, problems } = await openWatchedPage(browser);
      const buttons = page.getByRole('button', { name: /Show on the CT/ });
      await page.goto(link());
      await buttons.first().waitFor();
      // Slices that are still being asked for would find another CT than the page was made with.
      await page.waitForLoadState('networkidle');
      viewer.state.opened = changed ?? { ...opened, isWhatNetworksSaw: false };
      await page.reload();
      await page.getByText(words).waitFor();
      expect(await buttons.count()).to.equal(0);
      expect(problems).to.deep.equal([]);
      viewer.state.opened = opened;
      await page.close();
    });
  }

  it('waits for a running analysis and shows the result by itself', async () => {
    viewer.state.assessment = undefined;
    viewer.state.analysis = { kind: 'running', since: new Date().toISOString() };
    const { page } = await openWatchedPage(browser);
    await page.goto(link());
    await page.getByText('The CT is being analyzed.').waitFor();
    await takeScreenshot(page, 'evidence-running');
    viewer.state.assessment = assessment;
    await page.getByRole('heading', { name: 'Hemorrhage on this CT' }).waitFor();
    await page.close();
  });

  it('says so when the analysis failed, and stops asking', async () => {
    viewer.state.assessment = undefined;
    viewer.state.analysis = { kind: 'failed', at: new Date().toISOString(), code: 'pacs-unavailable' };
    const { page } = await openWatchedPage(browser);
    await page.goto(link());
    await page.getByText('Code: pacs-unavailable').waitFor();
    await page.close();
  });

  it('fits a phone', async () => {
    const { page } = await open({ width: 390, height: 844 });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).to.be.at.most(0);
    await takeScreenshot(page, 'evidence-phone');
    await page.close();
  });

  it('explains a link that cannot be opened', async () => {
    const { page } = await openWatchedPage(browser);
    await page.goto(`${viewer.url}/evidence/${VIEWER_KEY}`);
    await page.getByText('This link is not valid.').waitFor();
    await page.close();
  });
});
