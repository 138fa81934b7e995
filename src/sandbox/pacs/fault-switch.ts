/**
 * What a real archive does on a bad day, on demand: the tests and the demo switch these on and off.
 * A fault may be limited to one kind of request and to a number of times.
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';

export type PacsRequestKind = 'search' | 'metadata' | 'retrieve' | 'store';

export type PacsFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** 200 with the right Content-Type and nonsense inside. */
  | { readonly kind: 'garbage' }
  /** The request is taken and never answered. */
  | { readonly kind: 'hang' }
  /** The multipart message ends in the middle of its last part, as a clean HTTP response. */
  | { readonly kind: 'truncated' }
  /** The connection is cut in the middle of the body. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'slow'; readonly delayMs: number };

export interface FaultScope {
  readonly on?: PacsRequestKind;
  /** How often it strikes before it heals by itself; always when left out. */
  readonly times?: number;
}

export interface FaultSwitch {
  set(fault: PacsFault | undefined, scope?: FaultScope): void;
  /** Answers or delays what it must; body faults are left to the route by `res.locals.bodyFault`. */
  guard(kind: PacsRequestKind): RequestHandler;
}

export function createFaultSwitch(): FaultSwitch {
  let active: { fault: PacsFault; on: PacsRequestKind | undefined; left: number } | undefined;
  const take = (kind: PacsRequestKind): PacsFault | undefined => {
    if (!active || active.left <= 0 || (active.on !== undefined && active.on !== kind)) return undefined;
    active.left -= 1;
    return active.fault;
  };
  return {
    set(fault, scope = {}) {
      active = fault && { fault, on: scope.on, left: scope.times ?? Number.POSITIVE_INFINITY };
    },
    guard: (kind) => (_request, response, next) => strike(take(kind), kind, response, next),
  };
}

function strike(fault: PacsFault | undefined, kind: PacsRequestKind, response: Response, next: NextFunction): void {
  switch (fault?.kind) {
    case undefined:
      next();
      return;
    case 'status':
      if (fault.retryAfterSeconds !== undefined) response.set('Retry-After', String(fault.retryAfterSeconds));
      response.status(fault.status).json({ message: 'Sandbox archive: this fault is switched on' });
      return;
    case 'garbage':
      if (kind === 'retrieve') response.type('multipart/related; type="application/dicom"; boundary=garbage');
      else response.type('application/dicom+json');
      response.send(Buffer.from('--garb\u0000{"0020000D": [[[ not what you hoped for', 'latin1'));
      return;
    case 'hang':
      return;
    case 'slow': {
      const timer = setTimeout(next, fault.delayMs);
      response.once('close', () => clearTimeout(timer));
      return;
    }
    case 'truncated':
    case 'cut':
      response.locals['bodyFault'] = fault.kind;
      next();
  }
}

/** The body fault a guard left for this response. */
export function findBodyFault(response: Response): 'truncated' | 'cut' | undefined {
  return response.locals['bodyFault'] as 'truncated' | 'cut' | undefined;
}

/** Kind of a DICOMweb request by its path and method, for the counters. */
export function toRequestKind(request: Request): PacsRequestKind {
  if (request.method === 'POST') return 'store';
  if (request.path.endsWith('/metadata')) return 'metadata';
  return /\/(studies|series|instances)$/.test(request.path) ? 'search' : 'retrieve';
}
