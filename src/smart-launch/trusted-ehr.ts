/**
 * Which EHRs may launch the evidence page, as configured by the site: one entry per FHIR server that is the chart
 * itself, since the patient id of a launch is compared with the ids in the chart. An `iss` that is not on the list is
 * never fetched (SMART App Launch 2.2, Security considerations; SSRF).
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** RFC 6749 3.1, 3.2: TLS; plain http only on this machine itself. */
export function isSafeEndpoint(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username || url.password || url.hash) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

const endpoint = z.string().refine(isSafeEndpoint, 'must be https (http on loopback only), without credentials');

const trustedEhr = z
  .strictObject({
    iss: endpoint.transform(trimSlashes),
    clientId: z.string().min(1),
    clientAuth: z.enum(['public', 'client-secret', 'private-key-jwt']).default('public'),
    clientSecret: z.string().min(1).optional(),
    scope: z
      .string()
      .default('launch openid fhirUser')
      .refine(
        (scope) => ['launch', 'openid'].every((one) => scope.split(' ').includes(one)),
        'needs launch and openid',
      ),
    /** Of the id_token, where the EHR's smart-configuration does not say it. */
    issuer: z.string().min(1).optional(),
  })
  .refine((ehr) => (ehr.clientAuth === 'client-secret') === (ehr.clientSecret !== undefined), {
    path: ['clientSecret'],
    message: 'goes with clientAuth client-secret, and only with it',
  });

export type TrustedEhr = z.infer<typeof trustedEhr>;

/** Throws Fault `config-invalid` naming the entry, never its values. */
export function requireTrustedEhrs(value: unknown): readonly TrustedEhr[] {
  const parsed = z.array(trustedEhr).min(1).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault('config-invalid', `SMART_EHRS_FILE: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (new Set(parsed.data.map((ehr) => ehr.iss)).size !== parsed.data.length) {
    throw new Fault('config-invalid', 'SMART_EHRS_FILE: two entries have the same iss');
  }
  return parsed.data;
}

/** Exact but for slashes at the end: a prefix or another path is another server. */
export function findTrustedEhr(ehrs: readonly TrustedEhr[], iss: string): TrustedEhr | undefined {
  return ehrs.find((ehr) => ehr.iss === trimSlashes(iss));
}

function trimSlashes(address: string): string {
  return address.replace(/\/+$/, '');
}
