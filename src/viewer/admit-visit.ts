/**
 * Who may look: whoever holds a valid link, until it expires, or whoever the EHR sent here by a launch, until the
 * session ends; nobody in shadow mode. What is ours but too old is audited; a forged link is only refused, since anybody
 * could make the trail grow with those.
 */
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { AuditTrail } from '../assessment/domain/ports.ts';
import type { SendRefusal } from './send-refusal.ts';

export interface EvidenceGrant {
  readonly assessmentKey: string;
  /** The hook call a link or a launch came from. */
  readonly hookInstance?: string | undefined;
  /** Of a launch: the only patient whose evidence it may show. */
  readonly patientId?: string;
  /** Of a link: whether this is the patient of the card it stood on. */
  readonly isPatient?: (patientId: string) => boolean;
  /** Of a link: that patient, unreadable. */
  readonly patientCover?: string;
  /** Of a launch: `Practitioner/x`. */
  readonly userId?: string;
  readonly encounterId?: string | undefined;
  readonly locale?: string | undefined;
  /** Public name of the launch's session. */
  readonly session?: string;
}

interface Granted {
  readonly kind: 'granted';
  readonly grant: EvidenceGrant;
  readonly expiresAt: Date;
}

/** security/link-signer.ts, as this room needs it. */
export type VerifyLink = (
  assessmentKey: string,
  query: Readonly<Record<string, unknown>>,
) => Granted | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

/** smart-launch/launch-sessions.ts, as this room needs it. */
export type VerifySession = (
  assessmentKey: string,
  request: Pick<Request, 'query' | 'headers'>,
) => Promise<Granted | { readonly kind: 'refused'; readonly reason: 'session-expired' }>;

export interface Visit {
  readonly key: string;
  readonly grant: EvidenceGrant;
  readonly expiresAt: Date;
  /** Aborts when the viewer leaves or the request takes too long. */
  readonly signal: AbortSignal;
}

export interface AdmissionParts {
  readonly verifyLink: VerifyLink;
  /** Without it no session opens anything. */
  readonly verifySession?: VerifySession | undefined;
  readonly isShadow: boolean;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** The visit, or undefined after the refusal has been sent. */
export async function admitVisit(
  parts: AdmissionParts,
  sendRefusal: SendRefusal,
  request: Request,
  response: Response,
): Promise<Visit | undefined> {
  if (parts.isShadow) {
    sendRefusal(request, response, { reason: 'shadow-mode', status: 403, isPage: isPage(request) });
    return undefined;
  }
  const key = String(request.params['key']);
  const verdict =
    parts.verifySession && request.query['session'] !== undefined
      ? await parts.verifySession(key, request)
      : parts.verifyLink(key, request.query);
  if (verdict.kind === 'refused') {
    if (verdict.reason === 'expired') auditRefusal(parts, key);
    const reason =
      verdict.reason === 'session-expired'
        ? verdict.reason
        : verdict.reason === 'expired'
          ? 'link-expired'
          : 'link-invalid';
    sendRefusal(request, response, { reason, status: 403, isPage: isPage(request) });
    return undefined;
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(parts.timeoutMs ?? TIMEOUT_MS)]);
  return { key, grant: verdict.grant, expiresAt: verdict.expiresAt, signal };
}

/** The chart says that this is about somebody else than the launch or the link was for: refused and audited, by name. */
export function refuseMismatch(
  parts: AdmissionParts,
  sendRefusal: SendRefusal,
  visit: Visit,
  request: Request,
  response: Response,
): void {
  auditRefusal(parts, visit.key, visit.grant.userId);
  sendRefusal(request, response, { reason: 'patient-mismatch', status: 403, isPage: isPage(request) });
}

function isPage(request: Request): boolean {
  return request.path.split('/').length === 3;
}

function auditRefusal(parts: AdmissionParts, assessmentKey: string, userId?: string): void {
  const record = {
    kind: 'evidence-viewed',
    at: parts.now().toISOString(),
    outcome: 'minor-failure',
    assessmentKey,
    code: 'forbidden',
    ...(userId === undefined ? {} : { userId }),
  } as const;
  parts.audit.record(record).catch((error: unknown) => {
    parts.logger.error({ err: error }, 'a refused view could not be audited');
  });
}
