/**
 * Who may look: whoever holds a valid link, until it expires. A link that is ours but too old is audited; one that
 * is not ours is only refused, since anybody could make the trail grow with those.
 */
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { AuditTrail } from '../assessment/domain/ports.ts';
import type { PageTexts } from './page-texts.ts';
import { renderRefusal } from './render-page.ts';

export interface EvidenceGrant {
  readonly assessmentKey: string;
  readonly hookInstance: string;
}

/** security/link-signer.ts, as this room needs it. */
export type VerifyLink = (
  assessmentKey: string,
  query: Readonly<Record<string, unknown>>,
) =>
  | { readonly kind: 'granted'; readonly grant: EvidenceGrant; readonly expiresAt: Date }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

export interface Visit {
  readonly key: string;
  readonly grant: EvidenceGrant;
  readonly expiresAt: Date;
  /** Aborts when the viewer leaves or the request takes too long. */
  readonly signal: AbortSignal;
}

export interface AdmissionParts {
  readonly verifyLink: VerifyLink;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** The visit, or undefined after the refusal has been sent. */
export function admitVisit(
  parts: AdmissionParts,
  texts: PageTexts,
  request: Request,
  response: Response,
): Visit | undefined {
  const key = String(request.params['key']);
  const verdict = parts.verifyLink(key, request.query);
  if (verdict.kind === 'refused') {
    refuse(parts, texts, { key, reason: verdict.reason }, request, response);
    return undefined;
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(parts.timeoutMs ?? TIMEOUT_MS)]);
  return { key, grant: verdict.grant, expiresAt: verdict.expiresAt, signal };
}

function refuse(
  parts: AdmissionParts,
  texts: PageTexts,
  refused: { readonly key: string; readonly reason: string },
  request: Request,
  response: Response,
): void {
  const isExpired = refused.reason === 'expired';
  const message = isExpired ? texts.refusals.expired : texts.refusals.refused;
  if (isExpired) {
    const record = {
      kind: 'evidence-viewed',
      at: parts.now().toISOString(),
      outcome: 'minor-failure',
      assessmentKey: refused.key,
      code: 'forbidden',
    } as const;
    parts.audit.record(record).catch((error: unknown) => {
      parts.logger.error({ err: error }, 'a refused view could not be audited');
    });
  }
  response.status(403);
  if (request.accepts(['html', 'json']) === 'html' && request.path.split('/').length === 3) {
    response.type('html').send(renderRefusal({ language: texts.language, message }));
  } else response.json({ code: 'forbidden', message });
}
