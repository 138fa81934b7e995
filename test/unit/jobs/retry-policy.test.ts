import { expect } from 'chai';
import fc from 'fast-check';
import { ERROR_CODES, Fault } from '../../../src/errors.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { ANALYSIS_RETRIES, DELIVERY_RETRIES, planRetry } from '../../../src/jobs/retry-policy.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('planRetry', () => {
  it('never pauses longer than the row allows, nor less than half of the doubling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 299 }), anyRandom, (attempt, random) => {
        const pauseS = planRetry(ANALYSIS_RETRIES, new Fault('pacs-unavailable', ''), attempt, () => random);
        const full = Math.min(300, 2 * 2 ** (attempt - 1));
        expect(pauseS).to.be.within(full / 2, full);
      }),
    );
  });

  it('waits at least as long as the other side asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600_000 }), anyRandom, (retryAfterMs, random) => {
        const fault = new Fault('rate-limited', '', { retryAfterMs });
        expect(planRetry(ANALYSIS_RETRIES, fault, 1, () => random)).to.be.at.least(retryAfterMs / 1000);
      }),
    );
  });

  it('does not retry a code outside the table unless the fault says so', () => {
    for (const code of codes.filter((each) => ANALYSIS_RETRIES[each] === undefined)) {
      expect(
        planRetry(ANALYSIS_RETRIES, new Fault(code, ''), 1, () => 0),
        code,
      ).to.equal(undefined);
      expect(
        planRetry(ANALYSIS_RETRIES, new Fault(code, '', { retryable: true }), 1, () => 0),
        code,
      ).to.be.a('number');
    }
  });

  it('waits through a refused token, and gives up what the chart refuses for good', () => {
    for (const table of [ANALYSIS_RETRIES, DELIVERY_RETRIES]) {
      const refused = new Fault('fhir-refused', 'profile violated');
      const token = new Fault('fhir-refused', 'token refused', { retryable: true, retryAfterMs: 60_000 });
      expect(planRetry(table, refused, 1, () => 0)).to.equal(undefined);
      expect(planRetry(table, token, 200, () => 0)).to.be.at.least(60);
    }
  });

  /** A fault that never ends: how often it is met, and over how long. */
  function count(code: ErrorCode, random = 0.5): { attempts: number; hours: number } {
    let [attempts, seconds] = [1, 0];
    for (;;) {
      const pauseS = planRetry(ANALYSIS_RETRIES, new Fault(code, ''), attempts, () => random);
      if (pauseS === undefined) return { attempts, hours: seconds / 3600 };
      seconds += pauseS;
      attempts += 1;
    }
  }

  it('gives up a hiccup after four attempts and an outage after about a day', () => {
    expect(count('inference-failed').attempts).to.equal(4);
    expect(count('pacs-unavailable').hours).to.be.within(12, 26);
  });

  it('waits a day for a PACS that refuses our sign-in or is not on the list: somebody mends that in the morning', () => {
    for (const code of ['pacs-refused', 'pacs-not-allowed'] as const) expect(count(code).hours).to.be.within(12, 26);
  });

  it('waits at least an hour for a CT that the archive does not hold, whatever the luck', () => {
    for (const random of [0, 0.5, 0.999]) expect(count('study-arriving', random).hours).to.be.within(1, 3);
  });

  it('keeps delivering what is owed through an outage of any length', () => {
    expect(planRetry(DELIVERY_RETRIES, new Fault('fhir-unavailable', ''), 5_000, () => 0)).to.be.at.most(900);
    expect(planRetry(DELIVERY_RETRIES, new Fault('fhir-refused', ''), 1, () => 0)).to.equal(undefined);
  });
});
