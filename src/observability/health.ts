/**
 * Liveness says that the process turns; readiness says that an order can be answered now. A service that is not
 * ready names what is missing, so that nobody has to guess.
 */
export interface ReadinessCheck {
  /** Stable name: models, queue, fhir. */
  readonly name: string;
  /** Resolves true when usable; a rejection counts as not usable. */
  readonly check: (signal: AbortSignal) => boolean | Promise<boolean>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

/** Without the named checks, as in Kubernetes' own `/readyz?exclude=…`: what all replicas share says nothing of this one. */
export function excludeChecks({ checks }: Readiness, excluded: readonly string[]): Readiness {
  const kept = Object.entries(checks).filter(([name]) => !excluded.includes(name));
  return { ready: kept.every(([, state]) => state === 'up'), checks: Object.fromEntries(kept) };
}

const CHECK_TIMEOUT_MS = 2_000;

export function createReadiness(checks: readonly ReadinessCheck[]): () => Promise<Readiness> {
  return async () => {
    const entries = await Promise.all(
      checks.map(async ({ name, check }) => [name, (await isUp(check)) ? 'up' : 'down'] as const),
    );
    return { ready: entries.every(([, state]) => state === 'up'), checks: Object.fromEntries(entries) };
  };
}

async function isUp(check: ReadinessCheck['check']): Promise<boolean> {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const late = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false)));
  try {
    return await Promise.race([check(signal), late]);
  } catch {
    return false;
  }
}
