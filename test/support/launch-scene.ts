/** The launch router on a real server beside a scripted EHR, with a chart of two patients and one browser's cookies. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pino from 'pino';
import type { CtStudy } from '../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { AuditRecord } from '../../src/assessment/domain/ports.ts';
import { createBrowserCookies } from '../../src/smart-launch/browser-cookies.ts';
import type { AssertionKey } from '../../src/smart-launch/client-authentication.ts';
import { createLaunchRouter } from '../../src/smart-launch/create-launch-router.ts';
import { LAUNCH_MIGRATIONS } from '../../src/smart-launch/launch-migrations.ts';
import { LAUNCH_REFUSALS } from '../../src/smart-launch/launch-refusal.ts';
import { createLaunchSessions } from '../../src/smart-launch/launch-sessions.ts';
import { createLaunchStore } from '../../src/smart-launch/launch-store.ts';
import { createEndpointFinder } from '../../src/smart-launch/smart-configuration.ts';
import { requireTrustedEhrs } from '../../src/smart-launch/trusted-ehr.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { createScriptedSmartEhr, type ScriptedSmartEhr } from './scripted-smart-ehr.ts';

export const CLIENT_ID = 'evidence-page';
export const KEYS = {
  p1: 'a1'.repeat(32),
  p2: 'b2'.repeat(32),
  latest: 'c3'.repeat(32),
  study: 'd4'.repeat(32),
  revised: 'e5'.repeat(32),
};

export interface LaunchScene {
  readonly url: string;
  readonly ehr: ScriptedSmartEhr;
  readonly audited: AuditRecord[];
  readonly log: () => string;
  readonly state: { now: Date; latest: string | undefined; revised?: string };
  /** The cookies of the one browser; tests may empty it. */
  readonly jar: Map<string, string>;
  get(address: string): Promise<Response>;
  /** To the EHR: the address the browser is sent to. */
  begin(): Promise<URL>;
  /** Back from the EHR. */
  end(redirect: URL, answer?: Readonly<Record<string, string>>): Promise<Response>;
  /** Both: where the browser ends up, or the refusal's name. */
  launch(): Promise<string>;
  close(): Promise<void>;
}

export async function createLaunchScene(
  options: {
    readonly entry?: Readonly<Record<string, unknown>>;
    readonly key?: AssertionKey;
    readonly isShadow?: boolean;
  } = {},
): Promise<LaunchScene> {
  const ehr = await createScriptedSmartEhr(CLIENT_ID);
  let log = '';
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
  const database = await openDatabase({ inMemory: true, logger, migrations: LAUNCH_MIGRATIONS });
  const state: LaunchScene['state'] = { now: new Date(), latest: KEYS.latest };
  const audited: AuditRecord[] = [];
  const app = express().set('query parser', 'simple');
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const now = () => state.now;
  const cookies = createBrowserCookies({ publicUrl: url, isFramed: false });
  const store = createLaunchStore(database, now);
  const sessions = createLaunchSessions({ store, cookies, lifetimeMs: 600_000, now });
  app.use(
    createLaunchRouter({
      ehrs: requireTrustedEhrs([{ iss: ehr.fhirUrl, clientId: CLIENT_ID, ...options.entry }]),
      publicUrl: url,
      isShadow: options.isShadow ?? false,
      ...{ store, sessions, cookies, logger, now, key: options.key },
      findEndpoints: createEndpointFinder(now),
      finder: CHART(state),
      sendRefusal: (_request, response, reason) => void response.status(LAUNCH_REFUSALS[reason]).json({ reason }),
      audit: { record: (event) => Promise.resolve(void audited.push(event)) },
    }),
  );
  app.get('/evidence/:key', async (request, response) => {
    response.json(await sessions.verify(request.params.key, request));
  });
  const jar = new Map<string, string>();
  const get = async (address: string) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  const begin = async () => {
    const response = await get(`${url}/launch?iss=${encodeURIComponent(ehr.fhirUrl)}&launch=xyz`);
    return new URL(response.headers.get('location') ?? `about:${await response.text()}`);
  };
  const end = (redirect: URL, answer?: Readonly<Record<string, string>>) => {
    const callback = new URL(redirect.searchParams.get('redirect_uri') ?? url);
    const given = answer ?? { code: ehr.authorize(redirect) };
    for (const [name, value] of Object.entries(given)) callback.searchParams.set(name, value);
    callback.searchParams.set('state', redirect.searchParams.get('state') ?? '');
    return get(callback.href);
  };
  return {
    ...{ url, ehr, audited, state, jar, get, begin, end },
    log: () => log,
    launch: async () => {
      const response = await end(await begin());
      return response.headers.get('location') ?? ((await response.json()) as { reason: string }).reason;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await database.close();
      await ehr.close();
    },
  };
}

const CHART = (state: { latest: string | undefined; revised?: string }) => ({
  findAssessment: (key: string) =>
    Promise.resolve(
      [KEYS.p1, KEYS.p2].includes(key)
        ? ({ key, patientId: key === KEYS.p1 ? 'p1' : 'p2' } as StudyAssessment)
        : undefined,
    ),
  findCurrentAssessment: () =>
    Promise.resolve(state.revised === undefined ? undefined : ({ key: state.revised } as StudyAssessment)),
  readCtStudy: (id: string) => Promise.resolve({ patientId: id === 'ct-of-p2' ? 'p2' : 'p1' } as CtStudy),
  keyOf: () => KEYS.study,
  findLatestKey: () => Promise.resolve(state.latest),
});
