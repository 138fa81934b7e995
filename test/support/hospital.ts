/**
 * A sandbox hospital with the real service in it, for tests of the whole walk: everything on loopback and port 0,
 * the database in memory, the small network instead of the two big ones unless asked for.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseConfig } from '../../src/config/parse-config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/create-sandbox.ts';
import { DEMO_PATIENTS, type DemoPatient } from '../../src/sandbox/seed/demo-patient.ts';
import { startService, type RunningService } from '../../src/start-service.ts';

/** A cron expression that does not come around during a test. */
export const NEVER = '0 0 0 29 2 *';

export interface HospitalOptions {
  /** Demo patients to admit, by id, or patients of the test's own. */
  readonly patients: readonly (string | DemoPatient)[];
  /** A function where they depend on the sandbox's addresses. */
  readonly settings?: Settings | ((sandbox: Sandbox) => Settings);
  /** The clock of EHR and service; what the FHIR server dates by itself is dated by the real one. */
  readonly now?: () => Date;
}

type Settings = Readonly<Record<string, string>>;

export interface HookResult {
  readonly status: number | undefined;
  readonly cards: readonly {
    readonly summary: string;
    readonly indicator: string;
    readonly detail?: string;
    readonly links?: readonly { url: string }[];
    readonly uuid?: string;
    readonly overrideReasons?: readonly { readonly code: string; readonly system: string; readonly display: string }[];
    readonly source?: { readonly url?: string; readonly icon?: string };
  }[];
  readonly body: unknown;
  /** The request as the EHR sent it. */
  readonly request: Record<string, unknown>;
  /** From the page's click to its cards, the EHR's own reads included. */
  readonly durationMs: number;
  /** The service's part of it, as the EHR measured it. */
  readonly serviceMs?: number;
}

export interface Hospital {
  readonly sandbox: Sandbox;
  readonly service: RunningService;
  /** Everything that was logged so far, as text. */
  readonly log: () => string;
  sign(patientId: string, orderableId?: string, hook?: 'order-sign' | 'order-select'): Promise<HookResult>;
  /** Resources found by a FHIR query. */
  find(query: string): Promise<readonly Record<string, unknown>[]>;
  /** Looks again until the query finds as many, or fails after `withinMs`. */
  waitFor(query: string, count: number, withinMs?: number): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openHospital(options: HospitalOptions): Promise<Hospital> {
  let lines = '';
  const { now = () => new Date() } = options;
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void (lines += line) } });
  const sandbox = await createSandbox({ logger: createLogger({ level: 'silent' }), now });
  await sandbox.seedDemoPatients(options.patients.map(findPatient));
  const config = parseConfig({
    PORT: '0',
    FHIR_BASE_URL: sandbox.fhirUrl,
    PACS_BASE_URL: sandbox.pacsUrl,
    PACS_REACH: 'loopback',
    CDS_TRUSTED_ISSUERS_FILE: 'handed in',
    MIN_EVIDENCE_LEVEL: 'untrained',
    ENSEMBLE_FILE: 'test/fixtures/models/small-ensemble.json',
    DATA_DIR: 'memory',
    SWEEP_CRON: NEVER,
    ...(typeof options.settings === 'function' ? options.settings(sandbox) : options.settings),
  });
  const issuers = [{ ...sandbox.issuer, fhirServers: [sandbox.fhirUrl] }];
  const environment = { ORT_DISABLE_TELEMETRY: '1' };
  const service = await startService({ config, logger, environment, issuers, now });
  await service.whenReady();
  sandbox.connectCdsService(service.url);
  const find = createFinder(sandbox.fhirUrl);
  return {
    sandbox,
    service,
    log: () => lines,
    sign: (patientId, orderableId = 'mechanical-thrombectomy', hook = 'order-sign') =>
      fireHook(sandbox, service, { patientId, orderableId, hook }),
    find,
    waitFor: (query, count, withinMs = 30_000) => waitForResources(find, query, count, withinMs),
    close: async () => {
      await service.close();
      await sandbox.close();
    },
  };
}

export function findPatient(patient: string | DemoPatient): DemoPatient {
  const found = typeof patient === 'string' ? DEMO_PATIENTS.find(({ id }) => id === patient) : patient;
  if (!found) throw new Error('no such demo patient');
  return found;
}

type Find = Hospital['find'];

export function createFinder(fhirUrl: string): Find {
  return async (query) => {
    const response = await fetch(`${fhirUrl}/${query}`);
    const bundle = (await response.json()) as { entry?: { resource: Record<string, unknown> }[] };
    return (bundle.entry ?? []).map(({ resource }) => resource);
  };
}

/** Looks again until the query finds as many, or fails after `withinMs`. */
export async function waitForResources(find: Find, query: string, count: number, withinMs: number): ReturnType<Find> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await find(query);
    if (found.length >= count) return found;
    if (Date.now() > until) throw new Error(`${query}: found ${String(found.length)} of ${String(count)}`);
    await pause(100);
  }
}

export async function fireHook(
  sandbox: Sandbox,
  service: Pick<RunningService, 'url'>,
  call: { patientId: string; orderableId: string; hook: string },
): Promise<HookResult> {
  const order = { patientId: call.patientId, orderableId: call.orderableId, draftId: 'draft-1', priority: 'stat' };
  const from = performance.now();
  const response = await fetch(`${sandbox.ehrUrl}/api/hooks/${call.hook}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: sandbox.ehrUrl },
    body: JSON.stringify({ order, serviceUrl: service.url }),
  });
  const answer = (await response.json()) as {
    results: {
      cards: HookResult['cards'];
      request: Record<string, unknown>;
      exchange?: { status: number; responseBody: unknown; durationMs: number };
    }[];
  };
  const result = answer.results[0];
  if (!result) throw new Error(`the EHR called no service: ${JSON.stringify(answer)}`);
  return {
    status: result.exchange?.status,
    cards: result.cards,
    body: result.exchange?.responseBody,
    request: result.request,
    ...(result.exchange && { serviceMs: result.exchange.durationMs }),
    durationMs: performance.now() - from,
  };
}
