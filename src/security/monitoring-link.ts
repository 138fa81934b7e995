/**
 * Links to the monitoring page. Whoever runs the service makes one for a named viewer; it opens the page, for any
 * days, until it expires. The key is that of the evidence links, the signed text is another: neither opens the other.
 */
import { Fault } from '../errors.ts';
import { createLinkSeal, isText } from './link-seal.ts';
import type { LinkSignerOptions } from './link-signer.ts';

export type MonitoringLinkOptions = LinkSignerOptions;

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

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createMonitoringLinks(options: MonitoringLinkOptions): MonitoringLinks {
  const seal = createLinkSeal({ purpose: 'monitoring/v1', ...options });
  return {
    sign(viewer) {
      if (!VIEWER.test(viewer)) {
        throw new Fault('config-invalid', 'A viewer is an account name: letters, digits, . _ @ -, at most 64');
      }
      const query = new URLSearchParams({ viewer, ...seal.close([viewer]) });
      return `${options.publicUrl.replace(/\/+$/, '')}${MONITORING_PATH}?${query.toString()}`;
    },
    verify({ viewer, expires, signature }) {
      if (!isText(viewer, VIEWER)) return { kind: 'refused', reason: 'malformed' };
      const verdict = seal.judge([viewer], { expires, signature });
      return verdict.kind === 'refused' ? verdict : { kind: 'granted', viewer, expiresAt: verdict.expiresAt };
    },
  };
}
