/** From resources on a FHIR server, over HTTP and page after page, to the figures of the report. */
import { expect } from 'chai';
import pino from 'pino';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { CARD_IDS } from '../../../cds-hooks/thrombectomy-risk/decision.ts';
import { findGroup } from '../../../src/monitoring/report/count-activity.ts';
import type { SiteReport } from '../../../src/monitoring/report/site-report.ts';
import { makeTrial, makeTrialEnsemble, type MadeUpTrial } from '../../support/made-up-trial.ts';
import { openMonitoredSite, type MonitoredSite } from '../../support/monitored-site.ts';

const logger = pino({ level: 'silent' });
const PERIOD = { firstDay: '2026-11-01', lastDay: '2026-11-20' };
const TRIAL = { patients: 90, firstDay: '2026-11-01', days: 20 };

async function reportOn(
  resources: readonly Resource[],
  options: Partial<Parameters<typeof openMonitoredSite>[0]> = {},
  period = PERIOD,
): Promise<SiteReport> {
  const site = await openMonitoredSite({ resources, logger, ...options });
  try {
    return await site.reporter.report(period);
  } finally {
    await site.close();
  }
}

describe('the site report, from FHIR queries', () => {
  let trial: MadeUpTrial;
  let report: SiteReport;
  before(async () => {
    trial = makeTrial(TRIAL);
    report = await reportOn(trial.resources, { ensemble: makeTrialEnsemble(makeScores(60)) });
  });

  const makeScores = (count: number) => Array.from({ length: count }, (_, index) => ((index * 37) % 97) / 100);
  const find = (target: string) => report.targets.find((one) => one.target === target)!;
  const numbers = (target: string) => {
    const { numbers: found } = find(target);
    if (found.kind !== 'shown') throw new Error('withheld');
    return found;
  };

  it('reads every page of every query, and everything in them', () => {
    expect(report.sources.map(({ resources }) => resources)).to.deep.equal([
      270,
      90,
      trial.patients.filter((one) => one.isOverridden).length,
      90,
    ]);
    expect(report.sources.map(({ unreadable }) => unreadable)).to.deep.equal([0, 0, 0, 0]);
  });

  it('counts calls, orders, cards and days as they were', () => {
    const { activity } = report;
    expect([activity.calls, activity.orders, activity.shown]).to.deep.equal([90, 90, 90]);
    const abstained = trial.patients.filter((one) => one.decision === 'abstained').length;
    expect(activity.groups).to.include({ number: 90 - abstained, 'no-number': abstained, pending: 0 });
    expect(activity.intervals).to.have.length(20);
    const perDay = activity.intervals.map(({ counts }) => Object.values(counts).reduce((sum, one) => sum + one, 0));
    expect(perDay.reduce((sum, one) => sum + one, 0)).to.equal(90);
    expect(activity.cards.find(({ decision }) => decision === 'abstained')?.calls).to.equal(abstained);
    expect(activity.answering).to.include({ count: 90, longestMs: 20 + 89 });
    expect(activity.assessing).to.include({ count: 90, medianMs: 60_000 });
  });

  it('counts overrides with their reason', () => {
    const overridden = trial.patients.filter((one) => one.isOverridden).length;
    expect(report.feedback).to.deep.include({
      shown: 90,
      accepted: 0,
      overriddenCount: overridden,
      reasons: [{ code: 'already-known', count: overridden }],
      elsewhere: 0,
    });
  });

  it('counts results and abstentions per target, never mixed', () => {
    const refused = trial.patients.filter((one) => one.decision === 'abstained').length;
    const positive = trial.patients.filter((one) => one.decision === 'raised-hemorrhage').length;
    expect(find('ich-after-evt').results).to.deep.equal({
      studies: 90,
      estimates: 90 - refused,
      positive,
      reasons: [{ reason: 'contrast-enhanced', count: refused }],
    });
    expect(find('poor-collaterals').results).to.deep.include({ studies: 90, estimates: 0 });
  });

  it('compares the scores with the validation cases that would have got a number', () => {
    const { scores } = numbers('ich-after-evt');
    if (scores.kind !== 'scores' || scores.drift.kind !== 'drift') throw new Error('no drift');
    // One of the 60 scores, 0.35, lies in the band in which nothing is called.
    const inBand = makeScores(60).filter((score) => score > 0.345 && score < 0.355).length;
    expect(scores.reference).to.include({ cases: 60 - inBand, data: 'made-up cases' });
    expect(scores.drift).to.include({ reference: 60 - inBand, site: 75 });
    expect(inBand).to.equal(1);
  });

  it('holds what was predicted against what was observed', () => {
    const withOutcome = trial.patients.filter((one) => one.decision !== 'abstained');
    const bled = withOutcome.filter((one) => one.bled).length;
    const { outcomes } = numbers('ich-after-evt');
    expect(outcomes).to.include({ paired: 90, withEstimate: 75 });
    if (outcomes.agreement.kind !== 'agreement') throw new Error('too few');
    const { calibration, ranking, sensitivity } = outcomes.agreement;
    expect(calibration.observed).to.include({ events: bled, total: 75 });
    expect(calibration.groups).to.have.length(7);
    expect(ranking).to.include({ positives: bled, negatives: 75 - bled });
    const called = withOutcome.filter((one) => one.bled && one.decision === 'raised-hemorrhage').length;
    expect(sensitivity).to.include({ events: called, total: bled });
  });

  it('says nothing about outcomes that nobody entered', () => {
    expect(numbers('ich-present').outcomes.agreement.kind).to.equal('too-few');
    expect(numbers('ich-present').outcomes).to.not.have.any.keys('paired', 'withEstimate');
  });

  it('names nobody', () => {
    expect(JSON.stringify(report)).not.to.match(/trial-|surgeon|order-\d|card-\d|hook-\d/);
  });

  it('is the same from its own queries sent by another client', async () => {
    const site = await openMonitoredSite({ resources: trial.resources, logger });
    try {
      const again = await site.reporter.report(PERIOD);
      for (const { query, resources } of again.sources) {
        const [type = '', parameters = ''] = query.split('?');
        const asked = new URLSearchParams(parameters);
        asked.set('_count', '1000');
        const response = await fetch(`${site.fhir.url}/${type}?${asked.toString()}`);
        expect(((await response.json()) as Bundle).entry?.length ?? 0, query).to.equal(resources);
      }
    } finally {
      await site.close();
    }
  });
});

describe('what the site report leaves out', function () {
  this.timeout(60_000);
  const trial = makeTrial({ ...TRIAL, patients: 60 });

  it('withholds the numbers of a target whose evidence is below the minimum, and keeps the counts', async () => {
    const report = await reportOn(trial.resources, { minimumEvidence: 'research' });
    expect(report.targets.map(({ numbers }) => numbers.kind)).to.deep.equal(['shown', 'withheld', 'withheld']);
    expect(report.targets[1]!.results.estimates).to.equal(50);
    expect(JSON.stringify(report.targets[1])).not.to.contain('tenths').and.not.to.contain('calibration');
  });

  it('judges only the model version that is loaded, and says how much the others did', async () => {
    const loaded = { ...makeTrialEnsemble(), digest: '9'.repeat(64) };
    const report = await reportOn(trial.resources, { ensemble: loaded });
    expect(report.targets.map(({ results }) => results.studies)).to.deep.equal([0, 0, 0]);
    expect(report.otherVersions).to.deep.equal([
      { name: 'inception-v4-and-seresnet101 0.1.0', digest: 'e'.repeat(64), studies: 60 },
    ]);
  });

  it('gives no figure about outcomes of fewer than ten patients', async () => {
    const few = makeTrial({ ...TRIAL, patients: 10 });
    const report = await reportOn(few.resources);
    const [, forecast] = report.targets;
    if (forecast?.numbers.kind !== 'shown') throw new Error('withheld');
    expect(forecast.numbers.outcomes.agreement.kind).to.equal('too-few');
    expect(forecast.numbers.outcomes).to.not.have.property('withEstimate');
    expect(forecast.numbers.scores.kind).to.equal('too-few');
    expect(report.feedback.overridden).to.not.have.property('kind');
  });

  it('says that there is nothing to compare with where the contracts hold no scores, or too few', async () => {
    const drift = async (scores?: readonly number[]) => {
      const report = await reportOn(trial.resources, { ensemble: makeTrialEnsemble(scores) });
      const [, forecast] = report.targets;
      if (forecast?.numbers.kind !== 'shown' || forecast.numbers.scores.kind !== 'scores') throw new Error('no scores');
      return forecast.numbers.scores.drift.kind;
    };
    expect(await drift()).to.equal('no-reference');
    expect(await drift([0.1, 0.5, 0.9])).to.equal('too-few');
    expect(await drift(Array<number>(30).fill(0.2))).to.equal('flat-reference');
  });

  it('leaves out what was withdrawn, and counts what it cannot read', async () => {
    const resources = trial.resources.map((resource, index): Resource => {
      if (resource.resourceType !== 'RiskAssessment') return resource;
      if (index < 8 && resource.id?.endsWith('ich-after-evt')) return { ...resource, status: 'entered-in-error' };
      if (resource.id === 'trial-20-ich-present') return { ...resource, extension: [] };
      return resource;
    });
    const withdrawn = resources.filter((one) => 'status' in one && one.status === 'entered-in-error').length;
    const report = await reportOn(resources);
    expect(withdrawn).to.be.above(0);
    expect(report.targets[1]!.results.studies).to.equal(60 - withdrawn);
    expect(report.sources.map(({ unreadable }) => unreadable)).to.deep.equal([1, 0, 0, 0]);
  });

  it('finds in shadow mode what would have been shown, and that nothing was', async () => {
    const { activity, feedback } = await reportOn(makeTrial({ ...TRIAL, patients: 30, shadow: true }).resources);
    expect([activity.calls, activity.shown, feedback.shown]).to.deep.equal([30, 0, 0]);
    expect(activity.cards.map(({ shown }) => shown)).to.deep.equal(activity.cards.map(() => 0));
  });

  it('shows a long period by weeks', async () => {
    const { activity } = await reportOn(trial.resources, {}, { firstDay: '2026-10-01', lastDay: '2026-11-29' });
    expect([activity.step, activity.intervals.length]).to.deep.equal(['week', 9]);
    expect(activity.intervals.reduce((sum, { counts }) => sum + counts.number + counts['no-number'], 0)).to.equal(60);
  });
});

describe('a site report that cannot be made', () => {
  let site: MonitoredSite;
  before(async () => {
    site = await openMonitoredSite({
      resources: makeTrial({ ...TRIAL, patients: 12 }).resources,
      logger,
      maximumResources: 30,
    });
  });
  after(() => site.close());
  const fail = (period: { firstDay: string; lastDay: string }) =>
    site.reporter.report(period).then(
      () => 'made',
      (error: unknown) => (error as { code: string }).code,
    );

  it('is refused, not cut off, where the period holds more than the limit', async () => {
    expect(await fail(PERIOD)).to.equal('report-too-large');
    expect(await fail({ firstDay: '2026-11-01', lastDay: '2026-11-05' })).to.equal('made');
  });

  const WRONG: readonly [string, { firstDay: string; lastDay: string }][] = [
    ['a day that is none', { firstDay: '2026-02-30', lastDay: '2026-03-01' }],
    ['days the wrong way round', { firstDay: '2026-11-02', lastDay: '2026-11-01' }],
    ['more than a year', { firstDay: '2025-01-01', lastDay: '2026-11-01' }],
  ];
  for (const [what, period] of WRONG) {
    it(`refuses ${what}`, async () => expect(await fail(period)).to.equal('request-malformed'));
  }

  it('says so when the chart is down, and is made again once it is back', async () => {
    const days = { firstDay: '2026-11-02', lastDay: '2026-11-03' };
    site.fhir.plan({ fault: { kind: 'status', status: 503 } });
    expect(await fail(days)).to.equal('fhir-unavailable');
    site.fhir.reset();
    expect(await fail(days)).to.equal('made');
  });

  it('is made once for those who ask for the same days within a minute', async () => {
    site.fhir.reset();
    const days = { firstDay: '2026-11-04', lastDay: '2026-11-05' };
    await Promise.all([site.reporter.report(days), site.reporter.report(days)]);
    await site.reporter.report(days);
    expect(site.fhir.seen).to.have.length(4);
  });
});

describe('the groups of answers', () => {
  it('hold every card exactly once', () => {
    expect(CARD_IDS.filter((card) => findGroup(card) === 'not-recorded')).to.deep.equal([]);
  });
});
