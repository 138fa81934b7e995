/**
 * Fires a hook at every service that subscribed to it and hands back each exchange whole: the request, the answer,
 * the time. A service that fails does not keep the others from answering, and never keeps a clinician from signing.
 */
import { toFault } from '../../errors.ts';
import { toServicesUrl, type CallAuthorizer, type OfferedService } from './cds-discovery.ts';
import type { OrderHook } from './draft-order.ts';
import type { EhrChart } from './ehr-chart.ts';
import { exchangeJson, type JsonExchange } from './exchange-json.ts';
import { resolvePrefetch } from './resolve-prefetch.ts';

export interface HookCall {
  readonly hook: OrderHook;
  /** UUID, one per invocation of the hook. */
  readonly hookInstance: string;
  readonly serviceBaseUrl: string;
  readonly services: readonly OfferedService[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly chart: EhrChart;
  readonly authorize: CallAuthorizer;
}

export interface HookExchange {
  readonly serviceId: string;
  readonly title: string;
  /** Absent when there was no answer at all: then `failure` says why. */
  readonly exchange?: JsonExchange;
  readonly request: unknown;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** Longer than any service should take; the EHR shows how long it took. */
const TIMEOUT_MS = 10_000;

export async function callHook(call: HookCall): Promise<readonly HookExchange[]> {
  const subscribed = call.services.filter((service) => service.hook === call.hook);
  return Promise.all(subscribed.map((service) => callService(call, service)));
}

async function callService(call: HookCall, service: OfferedService): Promise<HookExchange> {
  const prefetch = await resolvePrefetch(service.prefetch ?? {}, call.context, call.chart);
  const request = {
    hook: call.hook,
    hookInstance: call.hookInstance,
    fhirServer: call.chart.url,
    context: call.context,
    ...(Object.keys(prefetch).length === 0 ? {} : { prefetch }),
  };
  const url = `${toServicesUrl(call.serviceBaseUrl)}/${encodeURIComponent(service.id)}`;
  const named = { serviceId: service.id, title: service.title ?? service.id, request };
  try {
    const authorization = await call.authorize(url);
    return { ...named, exchange: await exchangeJson(url, { body: request, authorization, timeoutMs: TIMEOUT_MS }) };
  } catch (error) {
    const { code, message } = toFault(error);
    return { ...named, failure: { code, message } };
  }
}
