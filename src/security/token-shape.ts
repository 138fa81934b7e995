/**
 * Header and claims that CDS Hooks 2.0 requires of a client's token (Trusting CDS Clients), with bounds: what is
 * missing, of another type or absurdly long makes the token worthless before anything is compared.
 */
import { z } from 'zod';

const bounded = z.string().min(1).max(512);

const callerHeader = z.object({
  alg: bounded,
  kid: bounded,
  typ: z.string().refine((value) => value.toUpperCase() === 'JWT'),
  jku: z.string().max(2048).optional(),
});

const epochSeconds = z.number().nonnegative().max(253_402_300_799);

const callerClaims = z.object({
  iss: bounded,
  aud: z.union([bounded, z.array(bounded).min(1).max(16)]),
  exp: epochSeconds,
  iat: epochSeconds,
  nbf: epochSeconds.optional(),
  jti: bounded,
  tenant: bounded.optional(),
});

export type CallerHeader = z.infer<typeof callerHeader>;
export type CallerClaims = z.infer<typeof callerClaims>;

export function readHeader(value: unknown): CallerHeader | undefined {
  return callerHeader.safeParse(value).data;
}

export function readClaims(value: unknown): CallerClaims | undefined {
  return callerClaims.safeParse(value).data;
}
