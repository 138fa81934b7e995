/**
 * What a CDS service offers (CDS Hooks 2.0, Discovery), read by the EHR from whatever address was entered.
 */
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import { exchangeJson } from './exchange-json.ts';

const service = z.looseObject({
  hook: z.string(),
  id: z.string(),
  title: z.string().optional(),
  description: z.string(),
  prefetch: z.record(z.string(), z.string()).optional(),
});

const discovery = z.object({ services: z.array(service) });

export type OfferedService = z.infer<typeof service>;

/** Signs a call: `Bearer …` for exactly this address. */
export type CallAuthorizer = (audience: string) => Promise<string>;

const TIMEOUT_MS = 5_000;

/** Base address as entered, with or without `/cds-services` and slashes at its end. */
export function toServicesUrl(entered: string): string {
  return `${entered
    .trim()
    .replace(/\/+$/, '')
    .replace(/\/cds-services$/, '')}/cds-services`;
}

/** Throws Fault where there is no CDS service at this address. */
export async function discoverServices(baseUrl: string, authorize: CallAuthorizer): Promise<readonly OfferedService[]> {
  const url = toServicesUrl(baseUrl);
  const answer = await exchangeJson(url, { authorization: await authorize(url), timeoutMs: TIMEOUT_MS });
  const parsed = discovery.safeParse(answer.responseBody);
  if (answer.status !== 200 || !parsed.success) {
    throw new Fault('fhir-refused', `No CDS Hooks discovery at this address (HTTP ${String(answer.status)})`);
  }
  return parsed.data.services;
}
