import { expect } from 'chai';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { Chart } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { withStudyChanges } from '../../../src/wiring/study-changes.ts';
import { UNDATED_STUDY } from '../../support/assessment-parts.ts';

const signal = new AbortController().signal;
const DATE = '2026-11-23T08:59:00.000Z';

function read(study: Awaited<ReturnType<Chart['readCtStudy']>>, lastUpdated: string | undefined | Fault) {
  const asked: string[] = [];
  const chart = withStudyChanges({ readCtStudy: () => Promise.resolve(study) } as Partial<Chart> as Chart, {
    read: (reference) => {
      asked.push(reference);
      if (lastUpdated instanceof Fault) return Promise.reject(lastUpdated);
      return Promise.resolve({ resourceType: 'Basic', code: {}, ...(lastUpdated && { meta: { lastUpdated } }) });
    },
  });
  return chart.readCtStudy('ct-1', { signal }).then((answer) => ({ answer, asked }));
}

describe('withStudyChanges', () => {
  it('says when the ImagingStudy last changed', async () => {
    const { answer, asked } = await read(UNDATED_STUDY, DATE);
    expect(answer).to.deep.equal({ ...UNDATED_STUDY, changedAt: DATE });
    expect(asked).to.deep.equal(['ImagingStudy/ct-1']);
  });

  it('leaves the study as it is where the server does not say, or cannot be read', async () => {
    expect((await read(UNDATED_STUDY, undefined)).answer).to.deep.equal(UNDATED_STUDY);
    expect((await read(UNDATED_STUDY, new Fault('fhir-unavailable', 'down'))).answer).to.deep.equal(UNDATED_STUDY);
  });

  it('leaves a refusal as it is', async () => {
    const gone = abstain('no-imaging-study', 'gone');
    expect((await read(gone, DATE)).answer).to.deep.equal(gone);
  });
});
