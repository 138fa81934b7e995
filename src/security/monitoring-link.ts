/**
 * Links to the monitoring page. Whoever runs the service makes one for a named viewer; it opens the page, for any
 * days, until it expires. The key is that of the evidence links, the signed text is another: neither opens the other.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '../errors.ts';

export interface MonitoringLinkOptions {
  /** Public base address. */
  readonly publicUrl: string;
  /** First signs, all verify. At least 32 bytes each. */
  readonly secrets: readonly string[];
  readonly lifetimeMs: number;
  readonly now: () => Date;
}

export type MonitoringVerdict =
  | { readonly kind: 'granted'; readonly viewer: string; readonly expiresAt: Date }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

export interface MonitoringLinks {
  /** Absolute address. Throws Fault `config-invalid` for a viewer that is no plain account name. */
  sign(viewer: string): string;
  /** Judges the query of an incoming request; never throws. */
  verify(query: Readonly<Record<string, unknown>>): MonitoringVerdict;
}

export const MONITORING_PATH = '/monitoring';

/** An account name or mail address: it stands in the audit and on the page. */
const VIEWER = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const MINIMUM_SECRET_BYTES = 32;

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createMonitoringLinks(options: MonitoringLinkOptions): MonitoringLinks {
  const [current, ...older] = options.secrets;
  if (current === undefined || options.secrets.some((one) => Buffer.byteLength(one) < MINIMUM_SECRET_BYTES)) {
    throw new Fault('config-invalid', 'Link secrets must have at least 32 bytes');
  }
  return {
    sign(viewer) {
      if (!VIEWER.test(viewer)) {
        throw new Fault('config-invalid', 'A viewer is an account name: letters, digits, . _ @ -, at most 64');
      }
      const expires = String(Math.floor((options.now().getTime() + options.lifetimeMs) / 1000));
      const signature = computeSignature(current, viewer, expires).toString('base64url');
      const query = new URLSearchParams({ viewer, expires, signature });
      return `${options.publicUrl.replace(/\/+$/, '')}${MONITORING_PATH}?${query.toString()}`;
    },
    verify({ viewer, expires, signature }) {
      if (!isText(viewer, VIEWER) || !isText(expires, /^\d{1,12}$/) || !isText(signature, /^[\w-]{43}$/)) {
        return { kind: 'refused', reason: 'malformed' };
      }
      const given = Buffer.from(signature, 'base64url');
      const isOurs = [current, ...older].some((secret) =>
        timingSafeEqual(given, computeSignature(secret, viewer, expires)),
      );
      if (!isOurs) return { kind: 'refused', reason: 'signature-invalid' };
      const expiresAt = new Date(Number(expires) * 1000);
      if (expiresAt <= options.now()) return { kind: 'refused', reason: 'expired' };
      return { kind: 'granted', viewer, expiresAt };
    },
  };
}

function isText(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}

/** Fields are fixed in form, so a newline between them cannot be forged into another meaning. */
function computeSignature(secret: string, viewer: string, expires: string): Buffer {
  return createHmac('sha256', secret).update(`monitoring/v1\n${viewer}\n${expires}`).digest();
}
