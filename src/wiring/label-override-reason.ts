/** The reason of an override as a label of /metrics: one of those our cards offer, never what a caller wrote. */
export interface Reason {
  readonly system: string;
  readonly code: string;
}

export function labelOverrideReason(given: Reason | undefined, offered: readonly Reason[]): string {
  if (!given) return 'none';
  return offered.some(({ system, code }) => system === given.system && code === given.code) ? given.code : 'other';
}
