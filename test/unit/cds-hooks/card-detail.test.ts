/** The line about the CT: when it was made, and nothing the chart does not know. */
import { expect } from 'chai';
import { writeDetail } from '../../../cds-hooks/thrombectomy-risk/card-detail.ts';
import { readCardEvidence } from '../../../cds-hooks/thrombectomy-risk/evidence-banner.ts';
import { decide } from '../../../cds-hooks/thrombectomy-risk/policy.ts';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import type { OrderAnswer } from '../../../src/assessment/domain/order-answer.ts';
import { TARGETS } from '../../../src/assessment/domain/target.ts';
import { assessed, RUNNING } from '../../contract/order-requests.ts';

function detailOf(answer: OrderAnswer, language: 'en' | 'de' = 'en'): string {
  const { texts, baseRates } = loadServiceData(language);
  const decision = decide(answer, { minimumEvidence: 'research' });
  const loaded = TARGETS.map((target) => ({ target, evidenceLevel: 'in-silico' as const }));
  return writeDetail({
    answer,
    decision,
    orders: [],
    orderedAt: '2026-11-23T12:00:00Z',
    minimumEvidence: 'research',
    evidence: readCardEvidence(decision, answer, loaded),
    timeZone: 'Europe/Berlin',
    texts,
    baseRates,
  });
}

const DAY = { studyStartedAt: '2026-11-23T00:00:00.000Z', startedPrecision: 'day' } as const;

describe('card detail: the CT', () => {
  it('has its time, zone and age', () => {
    expect(detailOf({ ...RUNNING, studyStartedAt: '2026-11-23T10:36:00Z' } as OrderAnswer)).to.contain(
      'CT of 2026-11-23 11:36 Europe/Berlin (1.4 h before',
    );
  });

  it('of which only the day is known has that day, no time, no age', () => {
    const known = assessed(0.2, 0.2, 0.2);
    if (known.kind !== 'assessed') throw new Error('no assessment');
    const done: OrderAnswer = { kind: 'assessed', assessment: { ...known.assessment, ...DAY } };
    for (const answer of [done, { ...RUNNING, ...DAY } as OrderAnswer]) {
      expect(detailOf(answer).split('\n\n')).to.contain('CT of 2026-11-23.');
    }
  });

  it('stands beside another that may be newer and was not read, in both languages', () => {
    const unread = { startedAt: '2026-11-23T11:50:00.000Z' };
    const answer = { ...RUNNING, studyStartedAt: '2026-11-22T14:00:00Z', unread } as OrderAnswer;
    const english = 'Not read: a CT of 2026-11-23 12:50 Europe/Berlin that names no body part; it may be newer.';
    expect(detailOf(answer)).to.contain(`before this order). ${english}`);
    expect(detailOf({ ...answer, unread: { startedAt: unread.startedAt, startedPrecision: 'day' } })).to.contain(
      'Not read: a CT of 2026-11-23 that names',
    );
    expect(detailOf(answer, 'de')).to.contain('Nicht gelesen: eine CT vom 2026-11-23 12:50');
    expect(detailOf(RUNNING)).not.to.contain('Not read');
  });
});
