/**
 * The token endpoint: a code is exchanged once, by the app it was issued to, with the verifier of its challenge
 * (RFC 6749 4.1.3, RFC 7636 4.6), and a registered key where the app has one (RFC 7523). The answer carries the launch
 * context beside the token (SMART App Launch 2.2). The sandbox's FHIR server asks nobody for the access token.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, SignJWT, type CryptoKey } from 'jose';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { OneUseVault } from './one-use-vault.ts';
import type { IssuedCode, RegisteredApp } from './registered-app.ts';

export interface TokenParts {
  readonly findApp: (clientId: string) => RegisteredApp | undefined;
  readonly codes: OneUseVault<IssuedCode>;
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly fhirUrl: string;
  readonly signingKey: { readonly kid: string; readonly key: CryptoKey };
  readonly now: () => Date;
}

const form = z.object({
  grant_type: z.string(),
  code: z.string().default(''),
  redirect_uri: z.string().optional(),
  client_id: z.string().optional(),
  code_verifier: z.string().default(''),
  client_assertion: z.string().optional(),
  client_assertion_type: z.string().optional(),
});
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const LIFETIME_S = 300;

export async function exchangeToken(parts: TokenParts, request: Request, response: Response): Promise<void> {
  const { status, body } = await answerToken(parts, request.body);
  response.status(status).set('Cache-Control', 'no-store').json(body);
}

interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** RFC 6749 5.1, 5.2. */
async function answerToken(parts: TokenParts, body: unknown): Promise<TokenAnswer> {
  const asked = form.safeParse(body);
  if (!asked.success) return refuse(400, 'invalid_request');
  const { data } = asked;
  if (data.grant_type !== 'authorization_code') return refuse(400, 'unsupported_grant_type');
  const app = data.client_id === undefined ? undefined : parts.findApp(data.client_id);
  if (!app || !(await isAuthentic(parts, app, data))) return refuse(401, 'invalid_client');
  const code = parts.codes.take(data.code);
  if (code?.clientId !== app.clientId || code.redirectUri !== data.redirect_uri) return refuse(400, 'invalid_grant');
  const challenge = createHash('sha256').update(data.code_verifier).digest('base64url');
  if (challenge !== code.codeChallenge) return refuse(400, 'invalid_grant');
  return { status: 200, body: await grant(parts, code) };
}

function refuse(status: number, error: string): TokenAnswer {
  return { status, body: { error } };
}

async function grant(parts: TokenParts, code: IssuedCode): Promise<TokenAnswer['body']> {
  const { context, scope } = code;
  return {
    access_token: randomBytes(32).toString('base64url'),
    token_type: 'Bearer',
    expires_in: LIFETIME_S,
    scope,
    patient: context.patientId,
    ...(context.encounterId === undefined ? {} : { encounter: context.encounterId }),
    need_patient_banner: true,
    ...(context.appContext === undefined ? {} : { appContext: context.appContext }),
    ...(scope.split(' ').includes('openid') ? { id_token: await signIdToken(parts, code) } : {}),
  };
}

/** A public client has nothing but its verifier; a confidential one signs, for this very endpoint. */
async function isAuthentic(parts: TokenParts, app: RegisteredApp, data: z.infer<typeof form>): Promise<boolean> {
  if (app.jwksUrl === undefined) return true;
  if (data.client_assertion === undefined || data.client_assertion_type !== ASSERTION_TYPE) return false;
  return jwtVerify(data.client_assertion, createRemoteJWKSet(new URL(app.jwksUrl)), {
    issuer: app.clientId,
    subject: app.clientId,
    audience: parts.tokenUrl,
    algorithms: ['ES384', 'RS384'],
    maxTokenAge: LIFETIME_S,
    requiredClaims: ['jti', 'exp'],
    currentDate: parts.now(),
  }).then(
    () => true,
    () => false,
  );
}

async function signIdToken(parts: TokenParts, { clientId, nonce, scope, context }: IssuedCode): Promise<string> {
  const issuedAt = Math.floor(parts.now().getTime() / 1000);
  const fhirUser = `${parts.fhirUrl}/Practitioner/${context.practitionerId}`;
  return new SignJWT({
    ...(nonce === undefined ? {} : { nonce }),
    ...(scope.split(' ').includes('fhirUser') ? { fhirUser } : {}),
  })
    .setProtectedHeader({ alg: 'RS256', kid: parts.signingKey.kid, typ: 'JWT' })
    .setIssuer(parts.issuer)
    .setSubject(context.practitionerId)
    .setAudience(clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_S)
    .sign(parts.signingKey.key);
}
