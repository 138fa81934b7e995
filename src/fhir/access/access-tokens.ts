/**
 * Where the bearer token of a FHIR call comes from. Tokens are asked for again before they expire, by one
 * request at a time however many calls wait, and are never logged.
 */
import type { Logger } from 'pino';
import { toFault } from '../../errors.ts';

export interface AccessTokens {
  /** The token to send now; undefined where the server asks for none. Throws Fault when none can be had. */
  current(options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /** The server refused this token: never hand it out again. */
  discard(token: string): void;
}

export interface GrantedToken {
  readonly accessToken: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export interface RefreshingTokensOptions {
  /** Asks the token endpoint; throws Fault. */
  readonly grant: () => Promise<GrantedToken>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** A token this close to its end is replaced in the background while it still serves. Default 60 s. */
  readonly refreshBeforeMs?: number;
  readonly logger: Logger;
}

/** A token closer to its end than this is not sent: it could expire on the way. */
const UNUSABLE_BEFORE_END_MS = 5_000;
const DEFAULT_REFRESH_BEFORE_MS = 60_000;

export function createRefreshingTokens(options: RefreshingTokensOptions): AccessTokens {
  const refreshBeforeMs = options.refreshBeforeMs ?? DEFAULT_REFRESH_BEFORE_MS;
  let held: GrantedToken | undefined;
  let underWay: Promise<GrantedToken> | undefined;

  /** One refresh at a time: everybody who needs a token waits for the same request. */
  const refresh = (): Promise<GrantedToken> => {
    underWay ??= options
      .grant()
      .then((granted) => (held = granted))
      .finally(() => (underWay = undefined));
    return underWay;
  };

  return {
    current: async ({ signal }) => {
      const leftMs = held ? held.expiresAt - options.now() : 0;
      if (held && leftMs > UNUSABLE_BEFORE_END_MS) {
        if (leftMs <= refreshBeforeMs) {
          refresh().catch((error: unknown) => {
            options.logger.warn(
              { code: toFault(error).code },
              'early token refresh failed; the old token still serves',
            );
          });
        }
        return held.accessToken;
      }
      return (await abandonable(refresh(), signal)).accessToken;
    },
    discard: (token) => {
      if (held?.accessToken === token) held = undefined;
    },
  };
}

/** For servers that ask for no token. */
export function createNoTokens(): AccessTokens {
  return { current: () => Promise.resolve(undefined), discard: () => undefined };
}

/** One token, handed in with the call and thrown away with it. */
export function createCallerToken(accessToken: string): AccessTokens {
  return { current: () => Promise.resolve(accessToken), discard: () => undefined };
}

/** The waiter may leave; the shared request goes on for the others. */
async function abandonable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
