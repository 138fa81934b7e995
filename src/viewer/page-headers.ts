/**
 * Headers of the evidence page: nothing from elsewhere, no inline script, no cache, no referrer (the address holds
 * the signature). Where the application has set its own policy already, that one stands: it knows who may frame us.
 */
import type { RequestHandler } from 'express';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const setPageHeaders: RequestHandler = (_request, response, next) => {
  if (!response.hasHeader('Content-Security-Policy')) response.set('Content-Security-Policy', POLICY);
  response.set({ 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
  next();
};
