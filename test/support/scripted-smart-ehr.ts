/**
 * An EHR that launches apps and whose every answer a test may bend: smart-configuration, token endpoint, keys. It
 * checks code, client and PKCE like a real one. A real loopback server; the sandbox's own is tested elsewhere.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, string>>;
}

export interface ScriptedSmartEhr {
  readonly fhirUrl: string;
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly state: {
    configuration: Record<string, unknown>;
    configurationStatus: number;
    /** Laid over the token endpoint's answer; undefined takes a member away. */
    answer: Record<string, unknown>;
    tokenStatus: number;
    claims: JWTPayload;
    /** Signs the id_token; undefined signs with the published key. */
    sign: ((claims: JWTPayload) => Promise<string>) | undefined;
  };
  readonly tokenRequests: TokenRequest[];
  /** How often anything at all was asked. */
  countCalls(): number;
  /** As the authorization endpoint would answer this redirect: a code bound to its challenge and nonce. */
  authorize(redirect: URL): string;
  close(): Promise<void>;
}

export async function createScriptedSmartEhr(clientId: string): Promise<ScriptedSmartEhr> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const published = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { challenge: string; nonce: string }>();
  const tokenRequests: TokenRequest[] = [];
  let calls = 0;
  const app = express();
  app.use((_request, _response, next) => {
    calls += 1;
    next();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const state: ScriptedSmartEhr['state'] = {
    configuration: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    configurationStatus: 200,
    answer: {},
    tokenStatus: 200,
    claims: {},
    sign: undefined,
  };
  app.get('/fhir/.well-known/smart-configuration', (_request, response) => {
    response.status(state.configurationStatus).json(state.configuration);
  });
  app.get('/jwks', (_request, response) => response.json({ keys: [published] }));
  app.post('/token', express.urlencoded({ extended: false }), async (request, response) => {
    const body = request.body as Record<string, string>;
    tokenRequests.push({ authorization: request.headers.authorization, body });
    const issued = codes.get(body['code'] ?? '');
    codes.delete(body['code'] ?? '');
    const challenge = createHash('sha256')
      .update(body['code_verifier'] ?? '')
      .digest('base64url');
    if (state.tokenStatus !== 200) response.status(state.tokenStatus).type('text').send('out of order');
    else if (issued?.challenge !== challenge) response.status(400).json({ error: 'invalid_grant' });
    else {
      const now = Math.floor(Date.now() / 1000);
      const fhirUser = `${issuer}/fhir/Practitioner/d1`;
      const claims = { iss: issuer, aud: clientId, sub: 'd1', iat: now, exp: now + 300, nonce: issued.nonce, fhirUser };
      const sign = state.sign ?? ((given) => signToken(given, privateKey));
      const idToken = await sign({ ...claims, ...state.claims });
      const granted = { access_token: 'secret-access-token', token_type: 'Bearer', expires_in: 300, patient: 'p1' };
      response.json({ ...granted, encounter: 'e1', id_token: idToken, ...state.answer });
    }
  });
  return {
    fhirUrl: `${issuer}/fhir`,
    tokenUrl: `${issuer}/token`,
    issuer,
    state,
    tokenRequests,
    countCalls: () => calls,
    authorize(redirect) {
      const code = `code-${String(codes.size)}-${redirect.searchParams.get('state') ?? ''}`;
      const [challenge, nonce] = ['code_challenge', 'nonce'].map((name) => redirect.searchParams.get(name) ?? '');
      codes.set(code, { challenge: challenge ?? '', nonce: nonce ?? '' });
      return code;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export function signToken(claims: JWTPayload, key: CryptoKey | Uint8Array, alg = 'RS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'k1', typ: 'JWT' }).sign(key);
}
