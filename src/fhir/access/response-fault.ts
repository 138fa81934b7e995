/**
 * What a FHIR server's refusal means to us: may the same call succeed later, and when. The server's own words
 * stay out of the fault (diagnostics repeat patient data); its issue code and element paths are enough to act.
 */
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';

/** How long to leave a server alone that refused our own token: somebody has to mend it. */
const TOKEN_REFUSED_RETRY_MS = 60_000;
/** A Retry-After beyond this is taken as this: a queue that sleeps for a day looks dead. */
const LONGEST_WAIT_MS = 3_600_000;

const outcomeSchema = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(z.object({ code: z.string().optional(), expression: z.array(z.string()).optional() })).optional(),
});

export interface FailedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly method: string;
  /** First path segment below the base: a resource type, or `` for the base itself. Never an id or a query. */
  readonly resourceType: string;
  /** Whose token was sent: the caller's ends with the hook call, so there is no later. */
  readonly identity: 'service' | 'caller';
  /** ms since the epoch. */
  readonly now: number;
}

/** FHIR R4 http#Status-Codes; RFC 9110 10.2.3 (Retry-After); RFC 6585 4 (429). */
export function toResponseFault(response: FailedResponse): Fault {
  const { status } = response;
  const details = { status, method: response.method, resourceType: response.resourceType, ...issueDetails(response) };
  const retryAfterMs = waitAsked(response.headers, response.now);
  const fault = (code: ErrorCode, message: string, retryable: boolean, waitMs = retryAfterMs) =>
    new Fault(code, message, { retryable, details, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) });
  if (status >= 300 && status < 400) return fault('fhir-not-allowed', 'The FHIR server redirects; not followed', false);
  if (status === 401 || status === 403) {
    const ours = response.identity === 'service';
    return fault('fhir-refused', 'The FHIR server refused the token', ours, ours ? TOKEN_REFUSED_RETRY_MS : undefined);
  }
  if (status === 404 || status === 410) return fault('not-found', 'The FHIR server has no such resource', false);
  if (status === 429) return fault('fhir-unavailable', 'The FHIR server asks for fewer calls', true);
  if (status === 408 || status >= 500) return fault('fhir-unavailable', 'The FHIR server failed', true);
  // 409: somebody else wrote at the same moment; the same call may well succeed next time.
  return fault('fhir-refused', 'The FHIR server refused the request', status === 409);
}

function issueDetails(response: FailedResponse): { issue?: string; expression?: string } {
  const outcome = outcomeSchema.safeParse(parseJson(response.body));
  const issue = outcome.success ? outcome.data.issue?.[0] : undefined;
  return {
    ...(issue?.code === undefined ? {} : { issue: issue.code.slice(0, 40) }),
    ...(issue?.expression?.[0] === undefined ? {} : { expression: issue.expression[0].slice(0, 120) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Retry-After in seconds or as a date; else the longest `t=` of an exhausted RateLimit entry (Medplum). */
export function waitAsked(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  const seconds = value === undefined || value === '' ? Number.NaN : Number(value);
  if (Number.isFinite(seconds) && seconds >= 0) return Math.min(seconds * 1000, LONGEST_WAIT_MS);
  const date = value === undefined ? Number.NaN : Date.parse(value);
  if (Number.isFinite(date)) return Math.min(Math.max(date - now, 0), LONGEST_WAIT_MS);
  const waits = [...(headers.get('ratelimit') ?? '').matchAll(/;\s*r=0\s*;\s*t=(\d+)/g)].map(([, t]) => Number(t));
  return waits.length === 0 ? undefined : Math.min(Math.max(...waits) * 1000, LONGEST_WAIT_MS);
}
