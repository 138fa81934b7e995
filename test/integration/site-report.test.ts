/**
 * The whole way in the sandbox hospital: orders and feedback of the real service, outcomes entered in the EHR, the
 * monitoring page under a link, and the report's command in a process of its own, from the same FHIR server.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createMonitoringLinks } from '../../src/security/monitoring-link.ts';
import { openHospital, type Hospital } from '../support/hospital.ts';

const run = promisify(execFile);
const SECRET = 'made-up secret of at least 32 bytes';
const CODES = 'https://thrombectomy-cds.org/fhir/CodeSystem';
const TODAY = () => new Date().toISOString().slice(0, 10);

describe('the site report in the sandbox hospital', function () {
  this.timeout(240_000);
  let hospital: Hospital;

  before(async () => {
    hospital = await openHospital({
      patients: ['demo-2', 'demo-5'],
      settings: { ORDER_BUDGET_MS: '10000', LINK_SECRET: SECRET },
    });
    const { cards } = await hospital.sign('demo-2');
    await hospital.sign('demo-2');
    await hospital.sign('demo-5');
    await post('feedback', {
      serviceUrl: hospital.service.url,
      serviceId: 'thrombectomy-risk',
      feedback: [
        {
          card: cards[0]!.uuid,
          outcome: 'overridden',
          overrideReason: { reason: { code: 'wrong-ct', system: `${CODES}/override-reason` } },
          outcomeTimestamp: new Date().toISOString(),
        },
      ],
    });
    await hospital.waitFor(`AuditEvent?subtype=${CODES}/audit-events|feedback-received`, 1);
    await hospital.waitFor(`AuditEvent?subtype=${CODES}/audit-events|order-answered`, 3);
  });
  after(() => hospital.close());

  async function post(path: string, body: unknown): Promise<Response> {
    return fetch(`${hospital.sandbox.ehrUrl}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: hospital.sandbox.ehrUrl },
      body: JSON.stringify(body),
    });
  }
  const link = () =>
    createMonitoringLinks({
      publicUrl: hospital.service.url,
      secrets: [SECRET],
      lifetimeMs: 60_000,
      now: () => new Date(),
    }).sign('quality-office');
  const runMain = (...given: string[]) =>
    run(process.execPath, ['src/main.ts', ...given], {
      env: {
        PATH: process.env['PATH'],
        ENSEMBLE_FILE: 'test/fixtures/models/small-ensemble.json',
        MIN_EVIDENCE_LEVEL: 'untrained',
      },
    }).catch((error: unknown) => error as { code: number; stdout: string; stderr: string });

  it('enters outcomes that conform to their profiles', async () => {
    const response = await post('patients/demo-2/outcomes', { target: 'ich-after-evt', value: 'no-hemorrhage' });
    expect(response.status).to.equal(201);
    const [outcome] = await hospital.find(`Observation?code=${CODES}/outcomes|hemorrhage-after-thrombectomy`);
    expect(JSON.stringify(outcome)).to.contain('thrombectomy-end');
    expect((await post('patients/demo-2/outcomes', { target: 'ich-after-evt', value: 'tan-0' })).status).to.equal(400);
    expect((await post('patients/demo-5/outcomes', { target: 'ich-present', value: 'tan-0' })).status).to.equal(400);
    const noCt = await post('patients/demo-5/outcomes', { target: 'ich-present', value: 'hemorrhage-absent' });
    expect(noCt.status).to.equal(404);
  });

  it('shows on the page what the service answered and how clinicians took it', async () => {
    const text = await (await fetch(link())).text();
    expect(text).to.match(/<strong>3<\/strong>\s*<span>calls answered/);
    expect(text).to.contain('1 of 3 cards were overridden').and.to.contain('This is not the CT that counts');
    expect(text).to.contain('No CT to assess').and.not.to.contain('demo-2');
  });

  it('wrote who looked into the chart', async () => {
    const [event] = await hospital.waitFor(`AuditEvent?subtype=${CODES}/audit-events|monitoring-viewed`, 1);
    expect(JSON.stringify(event)).to.contain('quality-office');
  });

  it('is closed without a link', async () => {
    expect((await fetch(`${hospital.service.url}/monitoring`)).status).to.equal(403);
  });

  it('comes as one file from a command that needs nothing but the FHIR server and the contracts', async () => {
    const answer = await runMain('report', '--from', TODAY(), '--to', TODAY(), '--fhir', hospital.sandbox.fhirUrl);
    expect(answer.stderr).to.equal('');
    expect(answer.stdout)
      .to.match(/^<!doctype html>/i)
      .and.to.contain('Report of this site');
    expect(answer.stdout).to.match(/<strong>3<\/strong>\s*<span>calls answered/);
    expect(answer.stdout)
      .to.contain('<style>')
      .and.not.to.match(/<link|<script|src=/);
  });

  it('says what the command needs', async () => {
    const [noDays, badLevel, noSecret] = await Promise.all([
      runMain('report', '--fhir', hospital.sandbox.fhirUrl),
      runMain('report', '--from', TODAY(), '--to', TODAY(), '--fhir', hospital.sandbox.fhirUrl, '--evidence', 'good'),
      runMain('monitoring-link', 'ann'),
    ]);
    expect([noDays, badLevel, noSecret].map((one) => ('code' in one ? one.code : 0))).to.deep.equal([2, 2, 2]);
    expect(noDays.stderr).to.contain('--from and --to');
    expect(badLevel.stderr).to.contain('--evidence is one of');
    expect(noSecret.stderr).to.contain('LINK_SECRET');
  });

  it('logs no error, no patient and no link on the way', () => {
    expect(hospital.log()).not.to.match(/"level":"(error|fatal)"/);
    expect(hospital.log()).not.to.match(/Testerman|SBX-000|signature=/);
  });
});
