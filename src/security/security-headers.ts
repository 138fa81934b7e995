/**
 * Response headers: strict for everything, with one exception for the CDS routes, whose answers a browser-based EHR
 * of another origin must be able to read (CORS there is cds/'s own allow-list).
 */
import helmet from 'helmet';
import type { RequestHandler } from 'express';

export interface SecurityHeadersOptions {
  /** Public base address; plain http (loopback) gets no HSTS. */
  readonly publicUrl: string;
  /** Origins that may frame our pages: an EHR that opens the evidence page inside itself. None by default. */
  readonly frameAncestors?: readonly string[];
}

/** Mount before every route. */
export function createSecurityHeaders(options: SecurityHeadersOptions): RequestHandler {
  const isHttps = options.publicUrl.startsWith('https:');
  const shared = {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: options.frameAncestors?.length ? [...options.frameAncestors] : ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' as const },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    xFrameOptions: options.frameAncestors?.length ? false : { action: 'deny' as const },
  };
  const strict = helmet(shared);
  const readable = helmet({ ...shared, crossOriginResourcePolicy: { policy: 'cross-origin' } });
  return function setSecurityHeaders(request, response, next) {
    const isCdsRoute = request.path === '/cds-services' || request.path.startsWith('/cds-services/');
    (isCdsRoute ? readable : strict)(request, response, next);
  };
}
