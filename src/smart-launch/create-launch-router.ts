/**
 * The evidence page as a SMART app (SMART App Launch 2.2, EHR launch), as a ladder of guards:
 *   GET /launch?iss&launch        a listed EHR? → its authorization endpoint, with state, nonce and PKCE (S256)
 *   GET /launch/callback?code     state ours, once, same browser? → tokens → whose chart, who looks → the page
 * Every "no" has a name; those that concern a known user and an assessment are audited.
 */
import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomNonce } from 'oauth4webapi';
import type { Logger } from 'pino';
import type { AuditTrail } from '../assessment/domain/ports.ts';
import type { BrowserCookies } from './browser-cookies.ts';
import { chooseAssessment, type AssessmentFinder } from './choose-assessment.ts';
import type { AssertionKey } from './client-authentication.ts';
import { exchangeCode } from './exchange-code.ts';
import type { LaunchContext } from './launch-context.ts';
import { digestSecret, type LaunchStore } from './launch-store.ts';
import { refuse, type LaunchRefusal } from './launch-refusal.ts';
import type { LaunchSessions } from './launch-sessions.ts';
import type { EndpointFinder } from './smart-configuration.ts';
import { findTrustedEhr, type TrustedEhr } from './trusted-ehr.ts';

export const LAUNCH_PATHS = { launch: '/launch', callback: '/launch/callback' } as const;

export interface LaunchRouterOptions {
  readonly ehrs: readonly TrustedEhr[];
  /** A trial in shadow mode: every launch is refused. */
  readonly isShadow: boolean;
  readonly publicUrl: string;
  readonly findEndpoints: EndpointFinder;
  readonly store: LaunchStore;
  readonly sessions: LaunchSessions;
  readonly cookies: BrowserCookies;
  readonly finder: AssessmentFinder;
  /** For EHRs with private-key-jwt. */
  readonly key?: AssertionKey | undefined;
  /** Says a refusal in words (viewer/). */
  readonly sendRefusal: (request: Request, response: Response, reason: LaunchRefusal) => void;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** From the EHR's redirect to its return, sign-in included. */
const LAUNCH_LIFETIME_MS = 10 * 60_000;
const CHART_TIMEOUT_MS = 10_000;
const STATE = /^[A-Za-z0-9_-]{43}$/;

type LaunchStep = (options: LaunchRouterOptions, request: Request, response: Response) => Promise<LaunchOutcome>;
type LaunchOutcome = { readonly kind: 'redirect'; readonly address: string } | RefusedLaunch;

interface RefusedLaunch {
  readonly kind: 'refused';
  readonly reason: LaunchRefusal;
  /** For the log. */
  readonly cause?: string;
  /** Where the EHR has said who asks. */
  readonly context?: LaunchContext;
}

export function createLaunchRouter(options: LaunchRouterOptions): Router {
  const answer = (step: LaunchStep) => async (request: Request, response: Response) => {
    response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
    const outcome = options.isShadow ? refuse('shadow-mode') : await step(options, request, response);
    if (outcome.kind === 'redirect') response.redirect(302, outcome.address);
    else refuseLaunch(options, request, response, outcome);
  };
  const router = express.Router();
  router.get(LAUNCH_PATHS.launch, answer(beginLaunch));
  router.get(LAUNCH_PATHS.callback, answer(endLaunch));
  return router;
}

const beginLaunch: LaunchStep = async (options, request, response) => {
  const { iss, launch } = request.query;
  if (typeof iss !== 'string' || typeof launch !== 'string' || launch === '') return refuse('launch-malformed');
  const ehr = findTrustedEhr(options.ehrs, iss);
  if (!ehr) return refuse('ehr-unknown');
  const endpoints = await options.findEndpoints(ehr);
  if (!endpoints) return refuse('ehr-unavailable');

  const [state, browser] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const [codeVerifier, nonce] = [generateRandomCodeVerifier(), generateRandomNonce()];
  const expiresAt = new Date(options.now().getTime() + LAUNCH_LIFETIME_MS);
  const pending = { iss: ehr.iss, codeVerifier, nonce, browserDigest: digestSecret(browser) };
  await options.store.begin(state, pending, expiresAt);
  options.cookies.set(response, toCookieName(state), browser, LAUNCH_LIFETIME_MS);
  const address = new URL(endpoints.authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: ehr.clientId,
    redirect_uri: toRedirectUri(options),
    launch,
    scope: ehr.scope,
    state,
    nonce,
    aud: ehr.iss,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return { kind: 'redirect', address: address.href };
};

const endLaunch: LaunchStep = async (options, request, response) => {
  const { state } = request.query;
  if (typeof state !== 'string' || !STATE.test(state)) return refuse('launch-unknown');
  const launch = await options.store.take(state);
  if (!launch) return refuse('launch-unknown');
  const browser = options.cookies.read(request, toCookieName(state));
  options.cookies.clear(response, toCookieName(state));
  if (browser === undefined || digestSecret(browser) !== launch.browserDigest) return refuse('browser-unknown');
  const ehr = findTrustedEhr(options.ehrs, launch.iss);
  if (!ehr) return refuse('ehr-unknown');
  const endpoints = await options.findEndpoints(ehr);
  if (!endpoints) return refuse('ehr-unavailable');

  const answer = new URL(request.originalUrl, options.publicUrl).searchParams;
  const redirectUri = toRedirectUri(options);
  const { key, now } = options;
  const exchanged = await exchangeCode({ ehr, endpoints, answer, state, launch, redirectUri, key, now });
  if (exchanged.kind === 'refused') return exchanged;
  const { context } = exchanged;
  const signal = AbortSignal.timeout(CHART_TIMEOUT_MS);
  const chosen = await chooseAssessment(options.finder, context, { signal });
  if (chosen.kind === 'refused') return { ...chosen, context };

  const session = await options.sessions.open(response, { ...context, assessmentKey: chosen.key });
  return { kind: 'redirect', address: `${toBase(options)}/evidence/${chosen.key}?session=${session}` };
};

function refuseLaunch(
  options: LaunchRouterOptions,
  request: Request,
  response: Response,
  { reason, cause, context }: RefusedLaunch,
): void {
  options.logger.warn({ reason, ...(cause === undefined ? {} : { cause }) }, 'a launch was refused');
  if (context?.assessmentKey !== undefined) {
    const record = {
      kind: 'evidence-viewed',
      at: options.now().toISOString(),
      outcome: 'minor-failure',
      code: reason,
      userId: context.userId,
      assessmentKey: context.assessmentKey,
      ...(context.hookInstance === undefined ? {} : { hookInstance: context.hookInstance }),
    } as const;
    options.audit.record(record).catch((error: unknown) => {
      options.logger.error({ err: error }, 'a refused launch could not be audited');
    });
  }
  options.sendRefusal(request, response, reason);
}

function toCookieName(state: string): string {
  return `launch-${state.slice(0, 12)}`;
}

function toBase({ publicUrl }: LaunchRouterOptions): string {
  return publicUrl.replace(/\/+$/, '');
}

function toRedirectUri(options: LaunchRouterOptions): string {
  return `${toBase(options)}${LAUNCH_PATHS.callback}`;
}
