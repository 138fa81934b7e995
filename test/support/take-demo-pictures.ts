/**
 * Pictures for the README, of the demo as it is: the real service, the weights in the checkout, made-up patients.
 *   ORT_DISABLE_TELEMETRY=1 node test/support/take-demo-pictures.ts
 * Waits until every CT has its answer, signs a thrombectomy, opens the evidence; writes docs/images/*.png.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { runDemo } from '../../src/sandbox/run-demo.ts';
import { startService } from '../../src/start-service.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
const PATIENT = 'Testerman, Martin';
const WAIT_MS = 60_000;

mkdirSync(IMAGES, { recursive: true });
const demo = await runDemo({ environment: process.env, startService });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
try {
  await demo.whenAnalysed();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(demo.url);
  await page.getByRole('button', { name: PATIENT }).click();
  await page.getByRole('button', { name: 'Select Mechanical thrombectomy' }).click();
  await page.getByText('Draft, not signed').waitFor();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.getByRole('heading', { name: 'Before you sign' }).waitFor();
  await page.waitForTimeout(2500);
  await page.screenshot({ path: `${IMAGES}order-entry.png`, fullPage: true });
  const [evidence] = await Promise.all([
    context.waitForEvent('page', { timeout: WAIT_MS }),
    page.locator('.card .links a').first().click(),
  ]);
  evidence.setDefaultTimeout(WAIT_MS);
  await evidence.locator('.stage[data-slice]').waitFor();
  await evidence.waitForTimeout(2500);
  await evidence.screenshot({ path: `${IMAGES}evidence-page.png` });
  console.log(`docs/images/order-entry.png, docs/images/evidence-page.png: ${PATIENT}`);
} finally {
  await browser.close();
  await demo.close();
}
