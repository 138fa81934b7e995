/**
 * The sandbox EHR as a SMART authorization server for EHR launches: small, but with every check a real one makes, so
 * that the evidence page is launched in the demo as in a hospital. It signs id_tokens with RS256, as SMART asks.
 */
import express, { type RequestHandler, type Router } from 'express';
import { exportJWK, generateKeyPair } from 'jose';
import { authorize } from './authorize.ts';
import { createOneUseVault } from './one-use-vault.ts';
import type { IssuedCode, LaunchedContext, RegisteredApp } from './registered-app.ts';
import { exchangeToken } from './token.ts';

export interface SmartServer {
  /** /oauth2/authorize, /oauth2/token, /oauth2/jwks: mount at the root of the EHR. */
  readonly router: Router;
  /** `[fhir base]/.well-known/smart-configuration`: runs before the FHIR server's own routes. */
  readonly configuration: RequestHandler;
  register(app: RegisteredApp): void;
  /** The app that is opened at this address; undefined where none is registered. */
  findApp(launchUrl: string): RegisteredApp | undefined;
  /** Remembers what is open; the address to send the browser to. */
  launch(app: RegisteredApp, context: Omit<LaunchedContext, 'clientId'>): string;
}

export interface SmartServerOptions {
  /** Known once both servers listen. */
  readonly findAddresses: () => { readonly ehrUrl: string; readonly fhirUrl: string };
  readonly now: () => Date;
}

const LAUNCH_LIFETIME_MS = 5 * 60_000;
/** RFC 6749 4.1.2: a code lives ten minutes at most; SMART recommends one. */
const CODE_LIFETIME_MS = 60_000;
const KEY_ID = 'sandbox-id-token';

export async function createSmartServer({ findAddresses, now }: SmartServerOptions): Promise<SmartServer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' }] };
  const apps = new Map<string, RegisteredApp>();
  const findApp = (clientId: string) => apps.get(clientId);
  const launches = createOneUseVault<LaunchedContext>(LAUNCH_LIFETIME_MS, now);
  const codes = createOneUseVault<IssuedCode>(CODE_LIFETIME_MS, now);
  const endpoints = () => toEndpoints(findAddresses().ehrUrl);

  const router = express.Router();
  router.get('/oauth2/authorize', (request, response) => {
    authorize({ findApp, launches, codes, fhirUrl: findAddresses().fhirUrl }, request, response);
  });
  router.post('/oauth2/token', express.urlencoded({ extended: false, limit: '32kb' }), (request, response) => {
    const { ehrUrl: issuer, fhirUrl } = findAddresses();
    const signingKey = { kid: KEY_ID, key: privateKey };
    const tokenUrl = endpoints().token_endpoint;
    return exchangeToken({ findApp, codes, issuer, tokenUrl, fhirUrl, signingKey, now }, request, response);
  });
  router.get('/oauth2/jwks', (_request, response) => response.json(jwks));
  return {
    router,
    configuration(request, response, next) {
      if (request.path !== '/fhir/.well-known/smart-configuration') next();
      else response.json({ ...endpoints(), ...CAPABILITIES });
    },
    register: (app) => void apps.set(app.clientId, app),
    findApp: (launchUrl) => [...apps.values()].find((app) => app.launchUrl === launchUrl),
    launch(app, context) {
      const address = new URL(app.launchUrl);
      address.searchParams.set('iss', findAddresses().fhirUrl);
      address.searchParams.set('launch', launches.put({ ...context, clientId: app.clientId }));
      return address.href;
    },
  };
}

function toEndpoints(ehrUrl: string) {
  return {
    issuer: ehrUrl,
    authorization_endpoint: `${ehrUrl}/oauth2/authorize`,
    token_endpoint: `${ehrUrl}/oauth2/token`,
    jwks_uri: `${ehrUrl}/oauth2/jwks`,
  };
}

const CAPABILITIES = {
  grant_types_supported: ['authorization_code'],
  response_types_supported: ['code'],
  scopes_supported: ['launch', 'openid', 'fhirUser'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
  capabilities: [
    ...['launch-ehr', 'client-public', 'client-confidential-asymmetric', 'sso-openid-connect'],
    ...['context-ehr-patient', 'context-ehr-encounter', 'context-banner'],
  ],
};
