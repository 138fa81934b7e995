/** What a job of a further assessment believes about the study: does the chart know of the images that came? */
import { expect } from 'chai';
import { pino } from 'pino';
import { createAssessmentKey } from '../../../src/assessment/assessment-key.ts';
import type { CtStudy } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { createAnalysis } from '../../../src/wiring/analyse-jobs.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

const keyOf = ({ studyInstanceUid }: CtStudy, revision?: number) =>
  createAssessmentKey(studyInstanceUid, 'e', 'research', revision);
const { imagingStudyId } = STUDY;

/** What the assessor is told of a job. */
async function analyse(revision: number | undefined, listedThen: CtStudy['series']) {
  const told: unknown[] = [];
  const earlier = { key: keyOf(STUDY), imagingStudyId, listedSeries: listedThen, report: REPORT } as StudyAssessment;
  const run = createAnalysis({
    chart: {
      findAssessment: () => Promise.resolve(undefined),
      findCurrentAssessment: (firstKey) => Promise.resolve(firstKey === keyOf(STUDY) ? earlier : undefined),
      readCtStudy: () => Promise.resolve(STUDY),
    },
    assessStudy: (study, options) => {
      told.push({ study, revision: options.revision, isChartBehind: options.isChartBehind });
      return Promise.resolve({ ...earlier, findings: [], stagesMs: {} } as unknown as StudyAssessment);
    },
    keyOf,
    timeoutMs: 1_000,
    metrics: createMetrics({ readFigures: () => Promise.reject(new Error('nobody asks')) } as never),
    logger: pino({ level: 'silent' }),
  });
  const job = { key: keyOf(STUDY, revision), imagingStudyId, urgency: 'order' as const, ...(revision && { revision }) };
  await run(job, { signal: new AbortController().signal, askedAt: new Date() });
  return told;
}

describe('wiring/analyse-jobs', () => {
  it("believes the chart's date of a first assessment, and of images that the chart lists", async () => {
    expect(await analyse(undefined, STUDY.series)).to.deep.equal([
      { study: STUDY, revision: undefined, isChartBehind: false },
    ]);
    expect(await analyse(1, [])).to.deep.equal([{ study: STUDY, revision: 1, isChartBehind: false }]);
  });

  it('does not where the archive got images of which the chart does not know', async () => {
    expect(await analyse(1, STUDY.series)).to.deep.equal([{ study: STUDY, revision: 1, isChartBehind: true }]);
  });
});
