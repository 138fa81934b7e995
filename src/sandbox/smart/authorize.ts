/**
 * The authorization endpoint of an EHR launch (SMART App Launch 2.2): the user is signed in to the EHR already and the
 * app is registered, so it answers at once. A ladder of guards; until client and address are known nothing is
 * redirected (RFC 6749 4.1.2.1).
 */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { OneUseVault } from './one-use-vault.ts';
import type { IssuedCode, LaunchedContext, RegisteredApp } from './registered-app.ts';

export interface AuthorizeParts {
  readonly findApp: (clientId: string) => RegisteredApp | undefined;
  readonly launches: OneUseVault<LaunchedContext>;
  readonly codes: OneUseVault<IssuedCode>;
  readonly fhirUrl: string;
}

const parameters = z.object({
  response_type: z.string().optional(),
  client_id: z.string().optional(),
  redirect_uri: z.string().optional(),
  scope: z.string().default(''),
  state: z.string().optional(),
  aud: z.string().optional(),
  launch: z.string().default(''),
  nonce: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.string().optional(),
});

export function authorize(parts: AuthorizeParts, request: Request, response: Response): void {
  const asked = parameters.safeParse(request.query);
  const app = asked.data?.client_id === undefined ? undefined : parts.findApp(asked.data.client_id);
  if (!asked.success || !app || asked.data.redirect_uri !== app.redirectUri) {
    response.status(400).type('text').send('This app is not registered with the sandbox EHR under this address.');
    return;
  }
  const { state } = asked.data;
  const address = new URL(app.redirectUri);
  const answer = { ...judge(parts, app, asked.data), ...(state === undefined ? {} : { state }) };
  for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
  response.redirect(302, address.href);
}

/** The code, or the error as RFC 6749 4.1.2.1 names it. */
function judge(
  parts: AuthorizeParts,
  app: RegisteredApp,
  asked: z.infer<typeof parameters>,
): Readonly<Record<string, string>> {
  const { scope, nonce, code_challenge: codeChallenge } = asked;
  if (asked.response_type !== 'code') return refuse('unsupported_response_type', 'response_type must be code');
  if (asked.state === undefined) return refuse('invalid_request', 'state is missing');
  if (asked.aud !== parts.fhirUrl) return refuse('invalid_request', 'aud is not this FHIR server');
  if (codeChallenge === undefined || asked.code_challenge_method !== 'S256') {
    return refuse('invalid_request', 'PKCE with S256 is required');
  }
  if (!scope.split(' ').includes('launch')) return refuse('invalid_scope', 'scope must contain launch');
  const context = parts.launches.take(asked.launch);
  if (context?.clientId !== app.clientId) return refuse('invalid_request', 'launch is unknown, used or expired');
  const { clientId, redirectUri } = app;
  const issued = { clientId, redirectUri, codeChallenge, scope, context };
  return { code: parts.codes.put(nonce === undefined ? issued : { ...issued, nonce }) };
}

function refuse(error: string, description: string) {
  return { error, error_description: description };
}
