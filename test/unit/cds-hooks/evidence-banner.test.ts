/** What a card is stamped with when its questions are worth the same, and when they are not. */
import { expect } from 'chai';
import { writeDetail } from '../../../cds-hooks/thrombectomy-risk/card-detail.ts';
import { readCardEvidence, writeBanner } from '../../../cds-hooks/thrombectomy-risk/evidence-banner.ts';
import { decide } from '../../../cds-hooks/thrombectomy-risk/policy.ts';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import { LANGUAGES } from '../../../src/assessment/domain/language.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../../../src/assessment/domain/evidence-level.ts';
import type { OrderAnswer } from '../../../src/assessment/domain/order-answer.ts';
import { assessed, makeAbstention, makeAssessment, makeEstimate, RUNNING } from '../../contract/order-requests.ts';

const { texts, baseRates } = loadServiceData('en');
const minimumEvidence = 'in-silico';
const LOADED = [
  { target: 'ich-present', evidenceLevel: 'research' },
  { target: 'ich-after-evt', evidenceLevel: 'in-silico' },
  { target: 'poor-collaterals', evidenceLevel: 'in-silico' },
] as const;

const mixed = (present: EvidenceLevel, forecasts: EvidenceLevel): OrderAnswer =>
  makeAssessment([
    makeEstimate('ich-present', 0.1, present),
    makeEstimate('ich-after-evt', 0.2, forecasts),
    makeEstimate('poor-collaterals', 0.2, forecasts),
  ]);

const bannerOf = (answer: OrderAnswer, words = texts): string =>
  writeBanner(readCardEvidence(decide(answer, { minimumEvidence }), answer, LOADED), words);

describe('evidence banner', () => {
  it('speaks of the networks as a whole where all questions are worth the same', () => {
    expect(bannerOf(assessed(0.1, 0.2, 0.2, 'in-silico'))).to.equal(texts.phrase('banner-in-silico'));
    expect(bannerOf(assessed(0.1, 0.2, 0.2, 'site-validated'))).to.equal('');
  });

  for (const language of LANGUAGES) {
    const words = loadServiceData(language).texts;
    it(`${language}: names the questions that rest on simulation, and not the one trained on patients`, () => {
      const [simulated, research, ...more] = bannerOf(mixed('research', 'in-silico'), words).split('\n\n');
      expect(simulated)
        .to.match(/never on patients|nie an Patienten/)
        .and.contain(words.phrase('target-ich-after-evt'))
        .and.contain(words.phrase('target-poor-collaterals'))
        .and.not.contain(words.phrase('target-ich-present'));
      expect(research).to.contain(words.phrase('target-ich-present')).and.not.match(/simul/i);
      expect(more).to.deep.equal([]);
    });
  }

  it('names the simulated questions beside validated ones, which need no banner', () => {
    const banner = bannerOf(mixed('externally-validated', 'in-silico'));
    expect(banner)
      .to.contain('**Simulated training data.** Any hemorrhage within')
      .and.not.contain(texts.phrase('target-ich-present'));
  });

  it('names the shown questions alone, also where the question trained on patients got no number', () => {
    const answer = makeAssessment([
      makeAbstention('ich-present', 'networks-disagree', 'research'),
      makeEstimate('ich-after-evt', 0.2, 'in-silico'),
      makeEstimate('poor-collaterals', 0.2, 'in-silico'),
    ]);
    expect(bannerOf(answer)).to.match(/^\*\*Simulated training data\.\*\* Any hemorrhage within/);
  });

  it('before any result it speaks of what is loaded, question by question', () => {
    expect(bannerOf(RUNNING)).to.equal(bannerOf(mixed('research', 'in-silico')));
  });
});

describe('number lines', () => {
  for (const level of EVIDENCE_LEVELS) {
    it(`${level}: every number has its own evidence beside it`, () => {
      const answer = mixed(level, 'site-validated');
      const decision = decide(answer, { minimumEvidence: 'untrained' });
      const detail = writeDetail({
        decision,
        answer,
        orders: [],
        orderedAt: '2026-11-23T12:00:00Z',
        minimumEvidence: 'untrained',
        evidence: readCardEvidence(decision, answer, LOADED),
        timeZone: 'UTC',
        texts,
        baseRates,
      });
      const lines = detail.split('\n').filter((line) => line.startsWith('- **'));
      expect(lines).to.have.length(3);
      expect(lines[0]).to.contain(`10% (threshold 50%); ${texts.phrase(`evidence-${level}`)};`);
      for (const line of lines.slice(1)) expect(line).to.contain('; networks validated at this site;');
    });
  }
});
