/** Settings -> the evidence page as a SMART app; nothing where the site lists no EHR that may launch it. */
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../config/settings.ts';
import { createBrowserCookies } from '../smart-launch/browser-cookies.ts';
import { chooseClientAuthentication } from '../smart-launch/client-authentication.ts';
import { createLaunchRouter } from '../smart-launch/create-launch-router.ts';
import { LAUNCH_REFUSALS } from '../smart-launch/launch-refusal.ts';
import { createLaunchSessions, type LaunchSessions } from '../smart-launch/launch-sessions.ts';
import { createLaunchStore } from '../smart-launch/launch-store.ts';
import { createEndpointFinder } from '../smart-launch/smart-configuration.ts';
import { requireTrustedEhrs } from '../smart-launch/trusted-ehr.ts';
import type { ChooseTexts } from '../viewer/page-texts.ts';
import { createRefusalSender } from '../viewer/send-refusal.ts';
import type { ConnectedChart } from './connect-chart.ts';
import type { OpenedQueue } from './open-queue.ts';
import { readJsonFile } from './read-json-file.ts';
import type { Walk } from './wire-walk.ts';

export interface LaunchWiring {
  readonly publicUrl: string;
  readonly walk: Pick<Walk, 'chart' | 'keyOf'>;
  readonly outside: Pick<ConnectedChart, 'findLatestKey' | 'keys'>;
  readonly queue: Pick<OpenedQueue, 'database' | 'audit'>;
  readonly chooseTexts: ChooseTexts;
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
  const { publicUrl, now, walk, outside, queue, logger } = wiring;
  const key = outside.keys?.active;
  for (const ehr of ehrs) chooseClientAuthentication(ehr, key);
  const cookies = createBrowserCookies({ publicUrl, isFramed: config.FRAME_ANCESTORS.length > 0 });
  const store = createLaunchStore(queue.database, now);
  const lifetimeMs = config.LINK_LIFETIME_MINUTES * 60_000;
  const sessions = createLaunchSessions({ store, cookies, lifetimeMs, now });
  const sendRefusal = createRefusalSender(wiring.chooseTexts);
  const router = createLaunchRouter({
    ...{ ehrs, publicUrl, store, sessions, cookies, key, logger, now },
    isShadow: config.SHADOW_MODE,
    audit: queue.audit,
    findEndpoints: createEndpointFinder(now),
    finder: { ...walk.chart, keyOf: walk.keyOf, findLatestKey: outside.findLatestKey },
    sendRefusal: (request, response, reason) => {
      sendRefusal(request, response, { reason, status: LAUNCH_REFUSALS[reason], isPage: true });
    },
  });
  return { router, verifySession: (assessmentKey, request) => sessions.verify(assessmentKey, request) };
}
