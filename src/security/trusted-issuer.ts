/**
 * Who may call, as configured by the site: one entry per issuer, with the only place its keys may come from.
 * A token never widens this list; it is compared with it (CDS Hooks 2.0, Trusting CDS Clients).
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';

/** ES384 and RS384 are recommended by the specification; the other two are met in the field. HMAC and none never. */
export const ALLOWED_ALGORITHMS = ['ES384', 'RS384', 'ES256', 'RS256'] as const;

const publicKey = z.looseObject({
  kty: z.enum(['EC', 'RSA']),
  kid: z.string().min(1),
  d: z.undefined({ error: 'a private key must not be configured' }).optional(),
});

const trustedIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    /** Where the issuer publishes its keys; also the only `jku` its tokens may name. */
    jwksUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** Keys agreed on out of band. */
    jwks: z.object({ keys: z.array(publicKey).min(1) }).optional(),
    /** A `jku` that tokens of an issuer with out-of-band keys may carry; it is compared, never fetched. */
    jku: z.url().optional(),
    /** Tenants that may call; absent: the tenant claim is not judged. */
    tenants: z.array(z.string().min(1)).min(1).optional(),
    algorithms: z.array(z.enum(ALLOWED_ALGORITHMS)).min(1).optional(),
    /** FHIR servers that requests of this issuer may name: FHIR_BASE_URL, and others only with `samePatientIds`. */
    fhirServers: z.array(z.url({ protocol: /^https?$/ })).optional(),
    /** The site says: patients and imaging studies have the same ids on all of `fhirServers` as on FHIR_BASE_URL. */
    samePatientIds: z.boolean().optional(),
  })
  .refine((entry) => (entry.jwksUrl === undefined) !== (entry.jwks === undefined), {
    message: 'give either jwksUrl or jwks',
  });

export type TrustedIssuer = z.infer<typeof trustedIssuer>;

/** Throws Fault `config-invalid`, naming what is wrong; http is allowed for loopback addresses only. */
export function requireTrustedIssuers(value: unknown): readonly TrustedIssuer[] {
  const result = z.array(trustedIssuer).min(1).safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Fault('config-invalid', `Trusted issuers: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const names = result.data.map((entry) => entry.issuer);
  if (new Set(names).size !== names.length) throw new Fault('config-invalid', 'Trusted issuers: one stands twice');
  for (const { jwksUrl, fhirServers = [] } of result.data) {
    if (jwksUrl !== undefined && !isSecureOrLoopback(new URL(jwksUrl))) {
      throw new Fault('config-invalid', 'Trusted issuers: jwksUrl must be https');
    }
    // The token of a caller goes there.
    if (!fhirServers.every((one) => isSecureOrLoopback(new URL(one)))) {
      throw new Fault('config-invalid', 'Trusted issuers: fhirServers must be https');
    }
  }
  return result.data;
}

function isSecureOrLoopback(url: URL): boolean {
  return url.protocol === 'https:' || isLoopbackHost(url.hostname);
}

/** `localhost`, 127.0.0.0/8 or ::1, with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}
