/** Values handed out under a random name, opened once and only for a while: launches and codes. */
import { randomBytes } from 'node:crypto';

export interface OneUseVault<Value> {
  put(value: Value): string;
  /** Undefined where the name is unknown, used or too old. */
  take(name: string): Value | undefined;
}

export function createOneUseVault<Value>(lifetimeMs: number, now: () => Date): OneUseVault<Value> {
  const kept = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    put(value) {
      for (const [name, { until }] of kept) if (until < now().getTime()) kept.delete(name);
      const name = randomBytes(24).toString('base64url');
      kept.set(name, { value, until: now().getTime() + lifetimeMs });
      return name;
    },
    take(name) {
      const found = kept.get(name);
      kept.delete(name);
      return found && found.until >= now().getTime() ? found.value : undefined;
    },
  };
}
