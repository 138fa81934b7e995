/**
 * The evidence page launched from the sandbox EHR, for real and in a real browser: card → SMART link → authorization →
 * token (private_key_jwt) → the page of this patient, audited with the user the EHR named.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import type { Browser } from 'playwright-core';
import { toAppAddresses } from '../../src/sandbox/smart/registered-app.ts';
import { findAccessibilityProblems, launchBrowser, takeScreenshot } from '../support/browser.ts';
import { openHospital, type Hospital } from '../support/hospital.ts';

const CLIENT_ID = 'thrombectomy-cds';

describe('evidence page launched from the EHR', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'smart-launch-'));
  const closers: (() => Promise<void>)[] = [];
  let browser: Browser;
  let hospital: Hospital;

  before(async function () {
    browser = await launchBrowser(this);
    closers.push(() => browser.close());
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    const keys = { keys: [{ ...(await exportJWK(privateKey)), kid: 'ours' }] };
    hospital = await openHospital({
      patients: ['demo-1', 'demo-2'],
      settings: ({ fhirUrl }) => ({
        SMART_CARD_LINKS: 'true',
        SMART_EHRS_FILE: write('ehrs.json', [{ iss: fhirUrl, clientId: CLIENT_ID, clientAuth: 'private-key-jwt' }]),
        FHIR_PRIVATE_KEYS_FILE: write('keys.json', keys),
      }),
    });
    closers.push(() => hospital.close());
    const { url } = hospital.service;
    const jwksUrl = `${url}/.well-known/jwks.json`;
    hospital.sandbox.registerApp({ clientId: CLIENT_ID, ...toAppAddresses(url), jwksUrl });
    await hospital.sign('demo-2');
    await hospital.waitFor('RiskAssessment?subject=Patient/demo-2', 3);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  /** As the EHR's own page would: what is open goes along. */
  const launchAddress = (patient: string, appContext?: object) => {
    const url = `${hospital.service.url}/launch`;
    const query = { url, patient, ...(appContext && { appContext: JSON.stringify(appContext) }) };
    return `${hospital.sandbox.ehrUrl}/api/launches?${new URLSearchParams(query).toString()}`;
  };
  const keyOfDemo2 = async () => {
    const [risk] = await hospital.find('RiskAssessment?subject=Patient/demo-2');
    return (risk!['meta'] as { tag: { code: string }[] }).tag.find(({ code }) => /^[0-9a-f]{64}$/.test(code))!.code;
  };

  it('opens from the card by keyboard alone, for this patient and this user, and audits the look', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 960 } });
    const page = await context.newPage();
    await page.goto(hospital.sandbox.ehrUrl);
    await page.getByRole('button', { name: 'Testerman, Martin' }).click();
    await page.getByRole('button', { name: /Select Mechanical thrombectomy/ }).click();
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    // The advice on the selection is replaced, its links with it: only that on the signature stays.
    await page.getByRole('heading', { name: 'Before you sign' }).waitFor({ timeout: 60_000 });
    const link = page.locator('.card .links a').first();
    await link.focus();
    const opening = context.waitForEvent('page');
    await page.keyboard.press('Enter');
    const evidence = await opening;
    await evidence.locator('.stage[data-slice]').waitFor();
    expect(evidence.url()).to.match(/\/evidence\/[0-9a-f]{64}\?session=[\w-]{16}$/);
    expect(await evidence.locator('#study-line').textContent()).to.contain('Patient/demo-2');
    await evidence.getByText(/every view is audited as Practitioner\//).waitFor();
    await takeScreenshot(evidence, 'evidence-launched');
    const events = await hospital.waitFor('AuditEvent?patient=Patient/demo-2&subtype=evidence-viewed', 1);
    const agents = events[0]!['agent'] as { requestor?: boolean; who?: { reference?: string } }[];
    expect(agents.find(({ requestor }) => requestor === true)?.who?.reference).to.match(/^Practitioner\//);
    await context.close();
  });

  it('speaks German to a German browser, with nothing serious for axe to find', async () => {
    const context = await browser.newContext({ locale: 'de-DE' });
    const page = await context.newPage();
    await page.goto(launchAddress('demo-2', { assessment: await keyOfDemo2() }));
    await page.locator('.stage[data-slice]').waitFor();
    await page.getByText('Scores aus der Akte').waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await takeScreenshot(page, 'evidence-german');
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByText('Scores from the chart').waitFor();
    await context.close();
  });

  it('opens the latest assessment where the EHR names none', async () => {
    const page = await browser.newPage();
    await page.goto(launchAddress('demo-2'));
    await page.locator('.stage[data-slice]').waitFor();
    expect(page.url()).to.contain(`/evidence/${await keyOfDemo2()}?session=`);
    await page.close();
  });

  it('refuses by name the evidence of another patient than the open chart', async () => {
    const page = await browser.newPage();
    const response = await page.goto(launchAddress('demo-1', { assessment: await keyOfDemo2() }));
    expect(response?.status()).to.equal(403);
    await page.getByText('another patient than the one it was opened for').waitFor();
    expect(await findAccessibilityProblems(page)).to.deep.equal([]);
    await takeScreenshot(page, 'evidence-other-patient');
    await page.close();
  });

  it('says that nothing was assessed for this patient', async () => {
    const page = await browser.newPage();
    await page.goto(launchAddress('demo-1'));
    await page.getByText('This is not a low-risk result.').waitFor();
    await page.close();
  });

  it('is of no use to another browser that has its address', async () => {
    const page = await browser.newPage();
    await page.goto(launchAddress('demo-2'));
    const other = await browser.newContext();
    const stolen = await other.newPage();
    expect((await stolen.goto(page.url()))?.status()).to.equal(403);
    await stolen.getByText('This session has ended.').waitFor();
    await other.close();
    await page.close();
  });

  it('is not launched by an EHR that the site does not list', async () => {
    const page = await browser.newPage();
    await page.goto(`${hospital.service.url}/launch?iss=https://evil.example/fhir&launch=x`);
    await page.getByText('This EHR is not registered').waitFor();
    await page.close();
  });
});
