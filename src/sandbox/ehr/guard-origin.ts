/**
 * The sandbox has no sign-in, so it must not be steered by another page in the same browser: the Host header must
 * name this very address (DNS rebinding), and writes must be JSON, which no foreign form can send without a
 * preflight that is never granted.
 */
import type { RequestHandler } from 'express';
import { Fault } from '../../errors.ts';

export const guardHost: RequestHandler = (request, _response, next) => {
  const port = String(request.socket.localPort ?? '');
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!hosts.includes(request.headers.host ?? '')) throw new Fault('forbidden', 'The sandbox answers on loopback only');
  next();
};

export const guardWrites: RequestHandler = (request, _response, next) => {
  if (request.method !== 'GET' && !request.is('application/json')) {
    throw new Fault('content-type-unsupported', 'The sandbox takes JSON');
  }
  next();
};

/** For reads that do something: a page of another site may link to them, and must not be able to. */
export const guardOwnPage: RequestHandler = (request, _response, next) => {
  const from = request.headers['sec-fetch-site'];
  if (from !== undefined && from !== 'same-origin' && from !== 'none') {
    throw new Fault('forbidden', 'Only the page of the sandbox may do this');
  }
  next();
};
