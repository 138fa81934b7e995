/** Claiming a digest once: shared-claims.ts and local-claims.ts are the two ways to do it. */
export interface Claims {
  claim(digest: string, expiresAt: Date): Promise<boolean>;
  /** Forgets what has expired outside the database. */
  forgetExpired(now: Date): void;
}
