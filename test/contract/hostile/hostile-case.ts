/**
 * What a hostile request is: how it is sent, and the exact status it must end with. Every case is also held to the
 * same rules afterwards: no token and no patient in the log, and the next honest order is answered.
 */
import { connect } from 'node:net';
import { base64url, type JWTPayload } from 'jose';
import { CALL_URL, ISSUER, NOW, PUBLIC_URL, type Harness } from '../cds-harness.ts';

/** Stands in bodies, tokens and addresses for a patient's name; must never be seen in a log. */
export const PHI = 'Zaphod-Beeblebrox';
export const SERVICE_PATH = '/cds-services/thrombectomy-risk';

export interface HostileAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HostileCase {
  readonly name: string;
  readonly status: number;
  /** Code in the body, where the application itself answers. */
  readonly code?: string;
  /** Number of cards, where the request is harmless after all. */
  readonly cards?: number;
  send(kit: HostileKit): Promise<HostileAnswer>;
}

export interface HostileKit {
  readonly harness: Harness;
  /** Every Authorization value that was sent. */
  readonly sent: string[];
  /** POST with the given Authorization value (none when undefined) and an honest body. */
  authorize(authorization: string | undefined): Promise<HostileAnswer>;
  /** POST with a good token and this body. */
  post(body: string | Uint8Array, headers?: Record<string, string>, path?: string): Promise<HostileAnswer>;
  /** Any method and path, with a good token for the address. */
  request(method: string, path: string, headers?: Record<string, string>): Promise<HostileAnswer>;
  /** Bytes on a socket; `token` in them is replaced by a good one. */
  wire(bytes: string): Promise<HostileAnswer>;
}

export function createKit(harness: Harness, honestBody: string): HostileKit {
  const sent: string[] = [];
  const read = async (answer: Response): Promise<HostileAnswer> => ({
    status: answer.status,
    body: await answer.text(),
  });
  const sign = async (path: string): Promise<string> => {
    const authorization = `Bearer ${await harness.sign({ aud: PUBLIC_URL + path })}`;
    sent.push(authorization);
    return authorization;
  };
  return {
    harness,
    sent,
    async authorize(authorization) {
      if (authorization !== undefined) sent.push(authorization);
      const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
      return read(await fetch(harness.baseUrl + SERVICE_PATH, { method: 'POST', headers, body: honestBody }));
    },
    async post(body, headers = {}, path = SERVICE_PATH) {
      const all = { 'content-type': 'application/json', authorization: await sign(path), ...headers };
      return read(await fetch(harness.baseUrl + path, { method: 'POST', headers: all, body: Buffer.from(body) }));
    },
    async request(method, path, headers = {}) {
      const authorization = await sign(path.split('?')[0] ?? path);
      return read(await fetch(harness.baseUrl + path, { method, headers: { authorization, ...headers } }));
    },
    async wire(bytes) {
      const authorization = await sign(SERVICE_PATH);
      return exchange(harness.port, bytes.replaceAll('{authorization}', authorization));
    },
  };
}

/** Sends bytes as they are; status 0 when the server hangs up without a word. */
function exchange(port: number, bytes: string): Promise<HostileAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (): void => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, body: text.slice(text.indexOf('\r\n\r\n') + 4) });
      socket.destroy();
    };
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (/\r\n\r\n/.test(text)) setTimeout(finish, 20);
    });
    socket.on('error', finish);
    socket.on('end', finish);
    socket.setTimeout(5000, finish);
  });
}

/** Claims that would be accepted, for tokens put together by hand. */
export function goodClaims(change: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const issuedAt = Math.floor(NOW.getTime() / 1000);
  return { iss: ISSUER, aud: CALL_URL, iat: issuedAt, exp: issuedAt + 300, jti: crypto.randomUUID(), ...change };
}

export const encode = (value: unknown): string =>
  base64url.encode(typeof value === 'string' ? value : JSON.stringify(value));

/** A token whose parts are whatever the case says. */
export const assemble = (header: unknown, claims: unknown, signature = 'AAAA'): string =>
  `Bearer ${encode(header)}.${encode(claims)}.${signature}`;
