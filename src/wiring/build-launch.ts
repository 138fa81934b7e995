/** Settings -> the evidence page as a SMART app; nothing where the site lists no EHR that may launch it. */
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { AuditTrail, Chart } from '../assessment/domain/ports.ts';
import type { Config } from '../config/settings.ts';
import { createBrowserCookies } from '../smart-launch/browser-cookies.ts';
import { chooseClientAuthentication, type AssertionKey } from '../smart-launch/client-authentication.ts';
import { createLaunchRouter } from '../smart-launch/create-launch-router.ts';
import { LAUNCH_REFUSALS } from '../smart-launch/launch-refusal.ts';
import { createLaunchSessions, type LaunchSessions } from '../smart-launch/launch-sessions.ts';
import { createLaunchStore } from '../smart-launch/launch-store.ts';
import { createEndpointFinder } from '../smart-launch/smart-configuration.ts';
import { requireTrustedEhrs } from '../smart-launch/trusted-ehr.ts';
import type { Database } from '../storage/database.ts';
import type { ChooseTexts } from '../viewer/page-texts.ts';
import { createRefusalSender } from '../viewer/send-refusal.ts';
import { readJsonFile } from './read-json-file.ts';

export interface LaunchWiring {
  readonly publicUrl: string;
  readonly database: Database;
  readonly chart: Pick<Chart, 'findAssessment' | 'readCtStudy'>;
  readonly findLatestKey: (patientId: string, options: { readonly signal: AbortSignal }) => Promise<string | undefined>;
  readonly keyOf: (study: CtStudy) => string;
  /** Our own key, for EHRs with private-key-jwt. */
  readonly key: AssertionKey | undefined;
  readonly chooseTexts: ChooseTexts;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface Launch {
  readonly router: Router;
  readonly verifySession: LaunchSessions['verify'];
}

/** Throws Fault `config-invalid`. */
export function buildLaunch(config: Config, wiring: LaunchWiring): Launch | undefined {
  if (config.SMART_EHRS_FILE === undefined) return undefined;
  const ehrs = requireTrustedEhrs(readJsonFile('SMART_EHRS_FILE', config.SMART_EHRS_FILE));
  for (const ehr of ehrs) chooseClientAuthentication(ehr, wiring.key);
  const { publicUrl, now, chart } = wiring;
  const cookies = createBrowserCookies({ publicUrl, isFramed: config.FRAME_ANCESTORS.length > 0 });
  const store = createLaunchStore(wiring.database, now);
  const lifetimeMs = config.LINK_LIFETIME_MINUTES * 60_000;
  const sessions = createLaunchSessions({ store, cookies, lifetimeMs, now });
  const sendRefusal = createRefusalSender(wiring.chooseTexts);
  const router = createLaunchRouter({
    ...wiring,
    ...{ ehrs, store, sessions, cookies },
    findEndpoints: createEndpointFinder(now),
    finder: {
      findAssessment: (key, call) => chart.findAssessment(key, call),
      readCtStudy: (id, call) => chart.readCtStudy(id, call),
      keyOf: wiring.keyOf,
      findLatestKey: wiring.findLatestKey,
    },
    sendRefusal: (request, response, reason) => {
      sendRefusal(request, response, { reason, status: LAUNCH_REFUSALS[reason], isPage: true });
    },
  });
  return { router, verifySession: (key, request) => sessions.verify(key, request) };
}
