/**
 * The EHR as a client of one or more service addresses: signs an order, and does what an EHR's own retry does when
 * nobody is there: asks again, at the next address, with a fresh token, until somebody answers.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backdrop } from './backdrop.ts';

export interface OrderOutcome {
  readonly patientId: string;
  readonly hookInstance: string;
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly cards?: readonly { readonly summary: string; readonly detail?: string }[];
  };
  /** Of the attempt that was answered, as the EHR saw it. */
  readonly durationMs: number;
  /** Attempts that met no server, a server that was starting, or a connection that broke. */
  readonly unanswered: number;
}

export interface OrderOptions {
  readonly patientId: string;
  readonly urls: readonly string[];
  readonly prefetch?: Readonly<Record<string, unknown>>;
  /** How long the EHR goes on asking. */
  readonly withinMs?: number;
  readonly hookInstance?: string;
  /** What the tokens name, where the service stands behind another address. */
  readonly publicUrl?: string;
}

const PATH = '/cds-services/thrombectomy-risk';
/** The budget is 400 ms and 100 ms for wording; longer than this nobody waits. */
const CLIENT_TIMEOUT_MS = 10_000;
const RETRY_MS = 250;

export async function signOrder(backdrop: Backdrop, options: OrderOptions): Promise<OrderOutcome> {
  const hookInstance = options.hookInstance ?? randomUUID();
  const body = JSON.stringify(makeRequest(options.patientId, hookInstance, options.prefetch));
  const until = Date.now() + (options.withinMs ?? 240_000);
  for (let unanswered = 0; ; unanswered += 1) {
    const url = options.urls[unanswered % options.urls.length] ?? '';
    const authorization = await backdrop.authorize((options.publicUrl ?? url) + PATH);
    const from = performance.now();
    const answer = await post(url, body, authorization);
    const durationMs = performance.now() - from;
    // 503 `starting` is no answer to the order: the service says itself that it is not up yet.
    if (answer && !(answer.status === 503 && answer.body.code === 'starting')) {
      return { patientId: options.patientId, hookInstance, ...answer, durationMs, unanswered };
    }
    if (Date.now() > until) throw new Error(`order of ${options.patientId}: nobody answered`);
    await pause(RETRY_MS);
  }
}

async function post(url: string, body: string, authorization: string) {
  try {
    const response = await fetch(url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body,
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    return { status: response.status, body: (await response.json()) as OrderOutcome['body'] };
  } catch {
    return undefined;
  }
}

export function makeRequest(patientId: string, hookInstance: string, prefetch?: Readonly<Record<string, unknown>>) {
  const order = {
    resourceType: 'ServiceRequest',
    id: 'draft-1',
    status: 'draft',
    intent: 'order',
    subject: { reference: `Patient/${patientId}` },
    code: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '61645' }] },
  };
  return {
    hook: 'order-sign',
    hookInstance,
    context: {
      userId: 'Practitioner/p1',
      patientId,
      draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: order }] },
    },
    ...(prefetch && { prefetch }),
  };
}
