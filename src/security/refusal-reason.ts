/**
 * Why a caller was refused: for our log alone. The caller hears 401 and nothing else, since each of these would
 * tell a forger what to mend (CDS Hooks best practices, Security).
 */
export const REFUSAL_REASONS = [
  'token-missing',
  'token-malformed',
  'algorithm-not-allowed',
  'header-incomplete',
  'issuer-not-allowed',
  'audience-mismatch',
  'claims-incomplete',
  'expired',
  'issued-in-future',
  'not-yet-valid',
  'lifetime-too-long',
  'tenant-not-allowed',
  'jku-not-allowed',
  'key-unknown',
  'keys-unavailable',
  'signature-invalid',
  'replayed',
  'not-loopback',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];
