/** Tells a person at a terminal how the demo's CTs fare, by plain FHIR queries like any auditor's. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const LOOK_EVERY_MS = 1_000;

const bundle = z.object({ entry: z.array(z.unknown()).default([]) });

export interface Following {
  readonly fhirUrl: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves when as many assessments stand in the chart as there are CT studies, or when the signal aborts. */
export async function followAnalyses({ fhirUrl, say, signal }: Following): Promise<void> {
  const from = Date.now();
  const count = async (query: string): Promise<number> => {
    const response = await fetch(`${fhirUrl}/${query}`, { signal });
    return bundle.parse(await response.json()).entry.length;
  };
  try {
    const expected = await count('ImagingStudy?_count=200');
    let seen = 0;
    while (seen < expected) {
      await pause(LOOK_EVERY_MS, undefined, { signal });
      const now = await count('Provenance?_count=200');
      if (now > seen)
        say(`CT ${String(now)} of ${String(expected)} answered, ${((Date.now() - from) / 1000).toFixed(0)} s`);
      seen = now;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
