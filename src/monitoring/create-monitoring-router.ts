/**
 * The monitoring page: one address, no script, nothing cached. A valid link opens it (403 otherwise), the view is in
 * the audit trail before anything is shown, and a trail that cannot be written closes the page: unlike the evidence
 * before a thrombectomy, this can wait.
 */
import { fileURLToPath } from 'node:url';
import express, { type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import type { AuditTrail } from '../assessment/domain/ports.ts';
import { toFault } from '../errors.ts';
import type { Reporter } from './create-reporter.ts';
import { addDays, createDayReader } from './days.ts';
import { renderMonitoringPage, renderRefusalPage, type PageWords } from './page/render-report.ts';

/** security/monitoring-link.ts, as this room needs it. */
export type VerifyMonitoringLink = (
  query: Readonly<Record<string, unknown>>,
) =>
  | { readonly kind: 'granted'; readonly viewer: string; readonly expiresAt: Date }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

export interface MonitoringOptions {
  readonly verifyLink: VerifyMonitoringLink;
  readonly reporter: Reporter;
  readonly words: PageWords;
  readonly timeZone: string;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
}

const STYLE = '/monitoring-assets/monitoring.css';
const DEFAULT_DAYS = 30;

type Refusal = keyof PageWords['texts']['refusals'];

/** Mount at the application's root: it serves /monitoring and /monitoring-assets. */
export function createMonitoringRouter(options: MonitoringOptions): Router {
  const router = express.Router();
  router.use(['/monitoring', '/monitoring-assets'], (_request, response, next) => {
    response.set({ 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' });
    next();
  });
  router.use(
    '/monitoring-assets',
    express.static(fileURLToPath(new URL('browser/', import.meta.url)), { index: false, cacheControl: false }),
  );
  router.get('/monitoring', (request, response) => answer(options, request, response));
  return router;
}

async function answer(options: MonitoringOptions, request: Request, response: Response): Promise<void> {
  const query = request.query as Record<string, unknown>;
  const verdict = options.verifyLink(query);
  if (verdict.kind === 'refused') {
    refuse(options, response, 403, verdict.reason === 'expired' ? 'expired' : 'refused');
    return;
  }
  const period = readPeriod(options, query);
  if (!(await recordView(options, verdict.viewer, period))) {
    refuse(options, response, 503, 'notAudited');
    return;
  }
  try {
    const report = await options.reporter.report(period);
    const { viewer, expires, signature } = query as Record<string, string>;
    const hidden = { viewer: viewer ?? '', expires: expires ?? '', signature: signature ?? '' };
    const frame = { styleHref: STYLE, hidden, viewer: verdict.viewer, until: verdict.expiresAt };
    response.type('html').send(renderMonitoringPage(report, options.words, frame));
  } catch (error) {
    refuseFault(options, response, error);
  }
}

/** What was asked for, or the last 30 days. A value that is no day is refused by the reporter. */
function readPeriod({ timeZone, now }: MonitoringOptions, { from, to }: Readonly<Record<string, unknown>>) {
  const today = createDayReader(timeZone)(now());
  const lastDay = typeof to === 'string' ? to : today;
  return { firstDay: typeof from === 'string' ? from : addDays(lastDay, 1 - DEFAULT_DAYS), lastDay };
}

async function recordView(
  { audit, logger, now }: MonitoringOptions,
  viewer: string,
  { firstDay, lastDay }: { readonly firstDay: string; readonly lastDay: string },
): Promise<boolean> {
  const query = new URLSearchParams({ from: firstDay.slice(0, 10), to: lastDay.slice(0, 10) }).toString();
  try {
    await audit.record({
      kind: 'monitoring-viewed',
      at: now().toISOString(),
      outcome: 'success',
      look: { viewer, query },
    });
    return true;
  } catch (error) {
    logger.error({ err: error }, 'a view of the monitoring page could not be audited; it was not shown');
    return false;
  }
}

function refuseFault(options: MonitoringOptions, response: Response, error: unknown): void {
  const fault = toFault(error);
  if (fault.code === 'request-malformed') refuse(options, response, 400, 'days', fault.message);
  else if (fault.code === 'report-too-large') refuse(options, response, 413, 'tooLarge');
  else if (fault.code === 'rate-limited') refuse(options, response, 429, 'busy');
  else {
    options.logger.error({ err: fault }, 'the site report could not be made');
    refuse(options, response, fault.status, 'chart');
  }
}

function refuse({ words }: MonitoringOptions, response: Response, status: number, why: Refusal, problem = ''): void {
  const message = words.texts.refusals[why].replace('{problem}', problem);
  response
    .status(status)
    .type('html')
    .send(renderRefusalPage(message, words.texts, STYLE));
}
