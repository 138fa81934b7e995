/** The CtReport while a study is being loaded: whatever the outcome, it says what was seen and how long it took. */
import type { Abstention } from '../assessment/domain/abstention.ts';
import type { CtReport, QualityCheck, RefusedCt, SeriesVerdict } from '../assessment/domain/ct-study.ts';
import type { CatalogEntry } from './series-catalog.ts';

export class LoadReport {
  series: readonly SeriesVerdict[] = [];
  quality: readonly QualityCheck[] = [];
  acquisition: CtReport['acquisition'] = {};
  readonly stagesMs: Record<string, number> = {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const started = this.#now();
    try {
      return await work();
    } finally {
      this.addStages({ [stage]: this.#now() - started });
    }
  }

  addStages(stagesMs: Readonly<Record<string, number>>): void {
    for (const [stage, ms] of Object.entries(stagesMs)) this.stagesMs[stage] = Math.round(ms * 10) / 10;
  }

  refuse(abstention: Abstention): RefusedCt {
    return { kind: 'refused', abstention, report: this.toReport() };
  }

  toReport(): CtReport {
    const { series, quality, acquisition, stagesMs } = this;
    return { series, quality, acquisition, stagesMs: { ...stagesMs } };
  }
}

/** DICOM facts of the chosen series worth keeping; none of them says who the patient is. */
export function describeAcquisition({ facts, instances }: CatalogEntry): CtReport['acquisition'] {
  const first = instances[0];
  const entries: [string, string | number | undefined][] = [
    ['manufacturer', first?.manufacturer],
    ['manufacturerModel', first?.manufacturerModel],
    ['kernel', facts.kernel],
    ['kvp', facts.kvp],
    ['thicknessMm', facts.thicknessMm],
    ['tiltDeg', facts.tiltDeg === undefined ? undefined : Math.round(facts.tiltDeg * 100) / 100],
    ['acquiredSlices', facts.sliceCount],
  ];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== ''),
  );
}
