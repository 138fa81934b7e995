/** Milliseconds per named stage of one walk; stages may repeat and then add up. */
export interface Stopwatch {
  time<Result>(stage: string, work: Promise<Result>): Promise<Result>;
  read(): Readonly<Record<string, number>>;
}

/** @param now monotonic milliseconds */
export function createStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const from = now();
      try {
        return await work;
      } finally {
        stages[stage] = Math.round((stages[stage] ?? 0) + now() - from);
      }
    },
    read: () => ({ ...stages }),
  };
}
