/** The sandbox EHR in a real browser, against a scripted CDS service. */
import { expect } from 'chai';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { createSandbox, type Sandbox } from '../../src/sandbox/create-sandbox.ts';
import { DEMO_PATIENTS } from '../../src/sandbox/seed/demo-patient.ts';
import { findAccessibilityProblems, launchBrowser, openWatchedPage, takeScreenshot } from '../support/browser.ts';
import {
  createScriptedCdsService,
  SCRIPTED_CARD,
  THROMBECTOMY_SERVICES,
  type ScriptedCdsService,
} from '../support/scripted-cds-service.ts';

const SUGGESTING_CARD = {
  ...SCRIPTED_CARD,
  uuid: '0d9d7a2b-7a10-4f9e-8c71-4c0f9d0e4c1e',
  indicator: 'info',
  summary: 'A follow-up CT is usual after thrombectomy',
  detail: 'Plain head CT within **24 h**.',
  selectionBehavior: 'any',
  suggestions: [
    {
      label: 'Add a follow-up head CT',
      uuid: '5b0c7b9e-37a5-4b57-9d0b-5c1b9d3b1c11',
      actions: [
        {
          type: 'create',
          description: 'CT head without contrast, 24 hours from now',
          resource: {
            resourceType: 'ServiceRequest',
            status: 'draft',
            intent: 'order',
            code: { text: 'CT head without contrast' },
            subject: { reference: 'Patient/demo-2' },
          },
        },
      ],
    },
  ],
};

describe('order entry in a browser', function () {
  this.timeout(60_000);
  const closers: (() => Promise<void>)[] = [];
  let browser: Browser;
  let sandbox: Sandbox;
  let service: ScriptedCdsService;

  before(async function () {
    browser = await launchBrowser(this);
    closers.push(() => browser.close());
    service = await createScriptedCdsService(THROMBECTOMY_SERVICES);
    closers.push(() => service.close());
    sandbox = await createSandbox({ logger: pino({ level: 'silent' }), now: () => new Date() });
    closers.push(() => sandbox.close());
    sandbox.connectCdsService(service.url);
    await sandbox.seedDemoPatients(DEMO_PATIENTS.filter(({ id }) => ['demo-2', 'demo-5'].includes(id)));
  });
  beforeEach(() => service.answer(200, { cards: [] }));
  after(async () => {
    for (const close of closers) await close();
  });

  const openPatient = async (name: string) => {
    const watched = await openWatchedPage(browser);
    await watched.page.goto(sandbox.ehrUrl);
    await watched.page.getByRole('button', { name }).click();
    await watched.page.getByRole('heading', { name }).waitFor();
    return watched;
  };
  const select = (page: Page, order: string) => page.getByRole('button', { name: `Select ${order}` }).click();
  const sign = (page: Page) => page.getByRole('button', { name: 'Sign', exact: true }).click();

  it('lets a clinician find, select and sign an order with the keyboard alone', async () => {
    const { page, problems } = await openPatient('Testerman, Martin');
    await page.getByRole('searchbox', { name: 'New order' }).focus();
    await page.keyboard.type('clot');
    expect(await page.locator('.pick li').count()).to.equal(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Draft, not signed').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Order signed.').waitFor();
    expect(service.calls.map((call) => call.body['hook'])).to.include.members(['order-select', 'order-sign']);
    expect(problems).to.deep.equal([]);
    await page.close();
  });

  it('holds the signature while there is advice, reports an override and writes what was signed', async () => {
    const { page, problems } = await openPatient('Testerman, Martin');
    await select(page, 'Mechanical thrombectomy, intracranial artery');
    service.answer(200, { cards: [SUGGESTING_CARD, SCRIPTED_CARD] });
    await sign(page);
    const card = page.getByRole('article', { name: `Critical: ${SCRIPTED_CARD.summary}` });
    await card.waitFor();
    expect(await card.getByText('<script>alert(1)</script>').count()).to.equal(1);
    await takeScreenshot(page, 'order-entry-cards');
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);

    await card.getByLabel('Reason for overriding').selectOption({ label: 'Already known' });
    await card.getByRole('button', { name: 'Override' }).click();
    await card.getByText('Overridden: Already known').waitFor();
    const feedback = service.calls.at(-1)!;
    expect(feedback.path).to.equal('/cds-services/thrombectomy-risk/feedback');
    expect((feedback.body['feedback'] as Record<string, unknown>[])[0]).to.include({
      card: SCRIPTED_CARD.uuid,
      outcome: 'overridden',
    });

    await page.getByRole('button', { name: 'Add a follow-up head CT' }).click();
    await page.getByText('Suggestion accepted').waitFor();
    await page.getByRole('button', { name: 'Sign order now' }).click();
    await page.getByText('Order signed.').waitFor();
    await page.getByRole('complementary').getByText('CT head without contrast').waitFor();
    await page
      .getByRole('complementary')
      .getByRole('button', { name: /Mechanical thrombectomy/ })
      .first()
      .click();
    await page.getByRole('dialog').getByText('"resourceType": "ServiceRequest"').waitFor();
    expect(problems).to.deep.equal([]);
    await page.close();
  });

  it('has nothing serious for axe to find, before a patient is chosen, on the pick list and in a dialog', async () => {
    const { page } = await openWatchedPage(browser);
    await page.goto(sandbox.ehrUrl);
    await page.getByRole('button', { name: 'Testerman, Martin' }).waitFor();
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Testerman, Martin' }).click();
    await page.getByRole('searchbox', { name: 'New order' }).waitFor();
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await page.getByRole('complementary').getByRole('button').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await page.close();
  });

  it('shows the raw request and answer one click away', async () => {
    const { page } = await openPatient('Testerman, Martin');
    service.answer(200, { cards: [SCRIPTED_CARD] });
    await select(page, 'Mechanical thrombectomy, intracranial artery');
    await page.getByText('Request and answer').click();
    expect(await page.getByLabel('Request', { exact: true }).textContent()).to.contain('"hook": "order-select"');
    expect(await page.getByLabel('Answer', { exact: true }).textContent()).to.contain(SCRIPTED_CARD.uuid);
    await page.close();
  });

  it('never lets a late answer to the selection replace the advice on the signature', async () => {
    const { page } = await openPatient('Testerman, Martin');
    const release = service.hold('order-select');
    await select(page, 'Mechanical thrombectomy, intracranial artery');
    await page.getByText('Draft, not signed').waitFor();
    await page.waitForTimeout(300);
    service.answer(200, { cards: [SCRIPTED_CARD] });
    await sign(page);
    await page.getByRole('heading', { name: SCRIPTED_CARD.summary }).waitFor();
    const late = page.waitForResponse(/hooks\/order-select/);
    release();
    await late;
    await page.waitForTimeout(200);
    expect(await page.getByRole('heading', { name: 'Before you sign' }).count()).to.equal(1);
    await page.close();
  });

  it('asks again without signing, for an answer that comes later', async () => {
    const { page } = await openPatient('Testerman, Martin');
    await select(page, 'Mechanical thrombectomy, intracranial artery');
    await page.getByText('Decision support has nothing to say at this point.').waitFor();
    service.answer(200, { cards: [SCRIPTED_CARD] });
    await sign(page);
    await page.getByRole('heading', { name: 'Before you sign' }).waitFor();
    service.answer(200, { cards: [] });
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('Decision support has nothing to say.').waitFor();
    expect(await page.getByText('Order signed.').count()).to.equal(0);
    await page.close();
  });

  it('signs at once when nothing is to be said', async () => {
    const { page } = await openPatient('Testerman, Martin');
    await select(page, 'Intravenous thrombolysis, alteplase');
    await sign(page);
    await page.getByText('Order signed.').waitFor();
    expect(await page.locator('.card').count()).to.equal(0);
    await page.close();
  });

  it('never lets a failing service stand in the way', async () => {
    const { page } = await openPatient('Dummett, Rosa');
    service.answer(500, { code: 'internal' });
    await select(page, 'Mechanical thrombectomy, intracranial artery');
    await page.getByText('refused the call (HTTP 500)').waitFor();
    await sign(page);
    await page.getByText('Order signed.').waitFor();
    await page.close();
  });

  it('says that there is no CT on file', async () => {
    const { page } = await openPatient('Dummett, Rosa');
    await page.getByText('No CT on file.').waitFor();
    await page.close();
  });

  it('takes the address of any CDS service and says what it offers', async () => {
    const { page } = await openPatient('Dummett, Rosa');
    await page.getByLabel('CDS service').fill('http://127.0.0.1:9');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText(/not connected/).waitFor();
    await page.getByLabel('CDS service').fill(service.url);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('connected: order-select, order-sign').waitFor();
    await page.close();
  });
});
