import { expect } from 'chai';
import pino from 'pino';
import { makeTrial } from '../../support/made-up-trial.ts';
import { openMonitoredSite, type MonitoredSite } from '../../support/monitored-site.ts';

const DAYS = 'from=2026-11-01&to=2026-11-20';

describe('the monitoring page, server side', () => {
  const errors: string[] = [];
  let site: MonitoredSite;
  let now = new Date('2026-11-21T12:00:00Z');

  before(async () => {
    const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
    const { resources } = makeTrial({ patients: 40, firstDay: '2026-11-01', days: 20 });
    site = await openMonitoredSite({ resources, logger, now: () => now });
  });
  beforeEach(() => {
    now = new Date('2026-11-21T12:00:00Z');
    site.audited.length = 0;
    errors.length = 0;
    site.state.auditFails = false;
    site.fhir.reset();
  });
  after(() => site.close());

  const link = () => site.links.sign('quality-office');
  const open = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('opens with a valid link, and lets nobody keep or embed it', async () => {
    const { status, headers, text } = await open(`${link()}&${DAYS}`);
    expect([status, headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
    expect(headers.get('content-security-policy')).to.contain("style-src 'self'").and.not.to.contain('unsafe');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect(text).to.contain('Monitoring of this site').and.to.contain('RiskAssessment?method=');
    expect(text).not.to.match(/<script|style=|\son\w+=/);
    expect(errors).to.deep.equal([]);
  });

  it('names no patient, clinician, order or card', async () => {
    const { text } = await open(`${link()}&${DAYS}`);
    expect(text).not.to.match(/trial-\d|surgeon|order-\d|card-\d|hook-\d|Testerman/);
  });

  it('is audited with viewer and days before anything is shown', async () => {
    await open(`${link()}&${DAYS}`);
    expect(site.audited).to.deep.equal([
      {
        kind: 'monitoring-viewed',
        at: now.toISOString(),
        outcome: 'success',
        look: { viewer: 'quality-office', query: DAYS },
      },
    ]);
  });

  it('stays closed while the trail cannot be written', async () => {
    site.state.auditFails = true;
    const { status, text } = await open(`${link()}&${DAYS}`);
    expect([status, site.fhir.seen.length]).to.deep.equal([503, 0]);
    expect(text).not.to.contain('answered');
    expect(errors).to.have.length(1);
  });

  it('shows the last thirty days unless asked for others', async () => {
    await open(link());
    expect(site.audited[0]?.look?.query).to.equal('from=2026-10-23&to=2026-11-21');
  });

  it('refuses what is not its own link, without a search and without a trace in the trail', async () => {
    const good = link();
    const WRONG = [
      `${site.url}/monitoring`,
      good.replace('quality-office', 'someone-else'),
      good.replace(/signature=.{10}/, 'signature=AAAAAAAAAA'),
      good.replace(/expires=\d+/, 'expires=9999999999'),
      `${good}&viewer=other`,
    ];
    for (const url of WRONG) expect((await open(url)).status, url).to.equal(403);
    expect([site.audited.length, site.fhir.seen.length]).to.deep.equal([0, 0]);
  });

  it('says in words that a link has expired', async () => {
    const old = link();
    now = new Date(now.getTime() + 3_600_001);
    const { status, text } = await open(old);
    expect(status).to.equal(403);
    expect(text).to.contain('This link has expired');
  });

  const REFUSED: readonly [string, string, number, RegExp][] = [
    ['days the wrong way round', 'from=2026-11-20&to=2026-11-01', 400, /cannot be shown/],
    ['a day that is none', 'from=2026-02-31&to=2026-03-01', 400, /YYYY-MM-DD/],
    ['markup instead of a day', `from=${encodeURIComponent('<img src=x>')}&to=2026-11-20`, 400, /YYYY-MM-DD/],
  ];
  for (const [what, days, expected, message] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const { status, text } = await open(`${link()}&${days}`);
      expect(status).to.equal(expected);
      expect(text).to.match(message).and.not.to.contain('<img');
    });
  }

  it('says that the chart cannot be searched, without detail', async () => {
    site.fhir.plan({ fault: { kind: 'status', status: 500 } });
    const { status, text } = await open(`${link()}&from=2026-11-03&to=2026-11-04`);
    expect(status).to.equal(502);
    expect(text).to.contain('there is no report').and.not.to.contain('500');
  });

  it('serves its style and nothing else of its folder', async () => {
    expect((await open(`${site.url}/monitoring-assets/monitoring.css`)).headers.get('content-type')).to.match(/css/);
    expect((await open(`${site.url}/monitoring-assets/../create-monitoring-router.ts`)).status).to.equal(404);
  });
});
