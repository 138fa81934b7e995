/**
 * The cookies of this room: HttpOnly; Secure with the `__Host-` prefix under https (RFC 6265bis); SameSite=Lax, or,
 * where an EHR may show the page inside itself, SameSite=None and partitioned by that EHR (CHIPS). Each launch and
 * each session has a cookie of its own name, so that two patients in two tabs do not take each other's place.
 */
import type { CookieOptions, Request, Response } from 'express';

export interface BrowserCookies {
  set(response: Response, name: string, secret: string, lifetimeMs: number): void;
  clear(response: Response, name: string): void;
  read(request: Pick<Request, 'headers'>, name: string): string | undefined;
}

export function createBrowserCookies(options: {
  readonly publicUrl: string;
  readonly isFramed: boolean;
}): BrowserCookies {
  const isHttps = options.publicUrl.startsWith('https:');
  const isCrossSite = isHttps && options.isFramed;
  const attributes: CookieOptions = {
    httpOnly: true,
    path: '/',
    secure: isHttps,
    sameSite: isCrossSite ? 'none' : 'lax',
    ...(isCrossSite ? { partitioned: true } : {}),
  };
  const fullName = (name: string) => `${isHttps ? '__Host-' : ''}${name}`;
  return {
    set: (response, name, secret, lifetimeMs) => {
      response.cookie(fullName(name), secret, { ...attributes, maxAge: lifetimeMs });
    },
    clear: (response, name) => {
      response.clearCookie(fullName(name), attributes);
    },
    read: (request, name) =>
      (request.headers.cookie ?? '')
        .split(';')
        .map((pair) => pair.trim().split('='))
        .find(([given]) => given === fullName(name))?.[1],
  };
}
