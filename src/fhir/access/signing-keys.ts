/**
 * Our private keys for private_key_jwt and the public set that others fetch. The first key signs, all are
 * published. To rotate: append the new key and wait until its publication has reached the token server's cache;
 * move it to the front; remove the old key after the longest assertion life (5 minutes).
 */
import { importJWK } from 'jose';
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { Fault } from '../../errors.ts';

const privateJwkSchema = z.union([
  z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-384'),
    kid: z.string().min(1),
    x: z.string(),
    y: z.string(),
    d: z.string(),
  }),
  z.looseObject({
    kty: z.literal('RSA'),
    kid: z.string().min(1),
    n: z.string().min(342, 'an RSA modulus of 2048 bits or more'),
    e: z.string(),
    d: z.string(),
  }),
]);
const privateSetSchema = z.object({ keys: z.array(privateJwkSchema).min(1) });

export interface SigningKeys {
  readonly active: { readonly kid: string; readonly alg: 'ES384' | 'RS384'; readonly key: CryptoKey };
  /** For /.well-known/jwks.json: public members only. */
  readonly publicSet: JSONWebKeySet;
}

/** Throws `config-invalid` unless it is a JWK Set of P-384 or RSA private keys with distinct kids (SMART App Launch 2.2). */
export async function loadSigningKeys(jwks: unknown): Promise<SigningKeys> {
  const parsed = privateSetSchema.safeParse(jwks);
  const keys = parsed.success ? parsed.data.keys : [];
  const [first] = keys;
  if (!first || new Set(keys.map((key) => key.kid)).size !== keys.length) {
    throw new Fault('config-invalid', 'The private keys must be a JWK Set of P-384 or RSA keys, each with its own kid');
  }
  const alg = first.kty === 'EC' ? 'ES384' : 'RS384';
  const key = await importJWK(first as JWK, alg);
  if (key instanceof Uint8Array) throw new Fault('config-invalid', 'A symmetric key cannot sign for private_key_jwt');
  return { active: { kid: first.kid, alg, key }, publicSet: { keys: keys.map(toPublic) } };
}

function toPublic(key: z.infer<typeof privateJwkSchema>): JWK {
  const shared = { kid: key.kid, use: 'sig', key_ops: ['verify'] };
  if (key.kty === 'EC') return { ...shared, kty: 'EC', alg: 'ES384', crv: key.crv, x: key.x, y: key.y };
  return { ...shared, kty: 'RSA', alg: 'RS384', n: key.n, e: key.e };
}
