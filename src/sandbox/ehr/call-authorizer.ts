/**
 * The EHR as a CDS client that proves who it is (CDS Hooks 2.0, Trusting CDS Clients): a fresh ES384 key per
 * process, one short-lived token per call, and the public key as a JWK Set that a service can be pointed at.
 */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { CallAuthorizer } from './cds-discovery.ts';

const KEY_ID = 'sandbox-ehr';
const LIFETIME_SECONDS = 300;

export interface EhrIdentity {
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Bound to an issuer, once the EHR knows its own address. */
  createAuthorizer(issuer: string, jwksUrl: string): CallAuthorizer;
}

export async function createEhrIdentity(now: () => Date): Promise<EhrIdentity> {
  const { privateKey, publicKey } = await generateKeyPair('ES384');
  const key = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES384', use: 'sig' };
  return {
    jwks: { keys: [key] },
    createAuthorizer: (issuer, jwksUrl) => async (audience) => {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'ES384', kid: KEY_ID, typ: 'JWT', jku: jwksUrl })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFETIME_SECONDS)
        .setJti(randomUUID())
        .sign(privateKey);
      return `Bearer ${token}`;
    },
  };
}
