import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseConfig, redactConfig } from '../../../src/config/parse-config.ts';
import { renderSettingsTable } from '../../../src/config/settings-table.ts';
import { Fault } from '../../../src/errors.ts';

const SANDBOX = {
  FHIR_BASE_URL: 'http://127.0.0.1:1/fhir/R4',
  PACS_BASE_URL: 'http://127.0.0.1:2/dicom-web',
  CDS_AUTH: 'insecure-loopback',
};

function problemsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof Fault && error.code === 'config-invalid') return error.message;
    throw error;
  }
  return '';
}

describe('config', () => {
  it('parses the smallest working environment and freezes it', () => {
    const config = parseConfig(SANDBOX);
    expect(config.ORDER_BUDGET_MS).to.equal(400);
    expect(config.MIN_EVIDENCE_LEVEL).to.equal('site-validated');
    expect(Object.isFrozen(config)).to.equal(true);
  });

  it('names every problem at once, with how to mend it', () => {
    const problems = problemsOf({ PORT: 'eighty', MIN_EVIDENCE_LEVEL: 'good' }).split('\n');
    expect(problems.map((line) => line.split(' ')[0])).to.deep.equal([
      'PORT',
      'FHIR_BASE_URL',
      'PACS_BASE_URL',
      'MIN_EVIDENCE_LEVEL',
    ]);
    expect(problems[1]).to.contain('Example: https://');
  });

  it('asks for what another setting needs', () => {
    const text = problemsOf({ ...SANDBOX, FHIR_AUTH: 'client-credentials' });
    expect(text).to.contain('FHIR_TOKEN_URL is not set, but FHIR_AUTH is client-credentials');
    expect(text).to.contain('FHIR_CLIENT_SECRET');
  });

  it('refuses to send credentials over plain http, except on this machine', () => {
    const client = { FHIR_AUTH: 'client-credentials', FHIR_CLIENT_ID: 'c', FHIR_CLIENT_SECRET: 's' };
    const secure = { ...SANDBOX, ...client, FHIR_TOKEN_URL: 'https://fhir.example.org/token' };
    const problems = problemsOf({ ...secure, FHIR_BASE_URL: 'http://fhir.example.org/fhir' });
    expect(problems).to.equal(
      'FHIR_BASE_URL must be https while FHIR_AUTH is client-credentials: credentials are sent there',
    );
    expect(problemsOf({ ...secure, FHIR_TOKEN_URL: 'http://10.0.0.1/token' })).to.match(
      /^FHIR_TOKEN_URL must be https/,
    );
    expect(problemsOf({ ...secure, FHIR_TOKEN_URL: 'http://[::1]:8080/token' })).to.equal('');
    expect(problemsOf({ ...SANDBOX, FHIR_BASE_URL: 'http://fhir:8080/fhir' })).to.equal('');
  });

  it('asks where results go when they are to go to an archive, with credentials of their own', () => {
    const wanted = { ...SANDBOX, RESULTS_TO_PACS: 'true' };
    expect(problemsOf(wanted)).to.contain('RESULTS_PACS_BASE_URL is not set, but RESULTS_TO_PACS is true');
    const reading = { PACS_AUTH: 'basic', PACS_USER: 'u', PACS_PASSWORD: 'p' };
    const archive = { RESULTS_PACS_BASE_URL: 'https://pacs.example.org/dicom-web', RESULTS_PACS_AUTH: 'basic' };
    expect(problemsOf({ ...wanted, ...reading, ...archive })).to.match(/RESULTS_PACS_USER[\s\S]*RESULTS_PACS_PASSWORD/);
  });

  it('refuses to write results into an archive during a trial in shadow mode', () => {
    const archive = { RESULTS_TO_PACS: 'true', RESULTS_PACS_BASE_URL: 'https://pacs.example.org/dicom-web' };
    expect(problemsOf({ ...SANDBOX, ...archive, SHADOW_MODE: 'true' })).to.contain('RESULTS_TO_PACS must be false');
  });

  it('asks for trusted issuers when callers are verified', () => {
    expect(problemsOf({ ...SANDBOX, CDS_AUTH: 'jwt' })).to.contain('CDS_TRUSTED_ISSUERS_FILE');
  });

  it('refuses unverified callers on any other address than loopback', () => {
    expect(problemsOf({ ...SANDBOX, HOST: '0.0.0.0' })).to.contain('HOST must be a loopback address');
  });

  it('never repeats a value in a message', () => {
    expect(problemsOf({ ...SANDBOX, DATABASE_URL: 'hunter2', PACS_AUTH: 'hunter2' })).not.to.contain('hunter2');
  });

  it('prints no secret', () => {
    const printed = redactConfig(
      parseConfig({ ...SANDBOX, LINK_SECRET: 's'.repeat(40), DATABASE_URL: 'postgres://a:b@c/d' }),
    );
    expect([printed.LINK_SECRET, printed.DATABASE_URL, printed.PACS_TOKEN]).to.deep.equal([
      '(set)',
      '(set)',
      '(not set)',
    ]);
  });

  it('refuses a time zone or a cron expression that would fail later', () => {
    const problems = problemsOf({ ...SANDBOX, TIME_ZONE: 'Europe/Berln', SWEEP_CRON: 'every minute' });
    expect(problems).to.match(/TIME_ZONE is not valid[\s\S]*SWEEP_CRON is not valid/);
  });

  it('counts an empty variable as not set', () => {
    expect(parseConfig({ ...SANDBOX, PORT: '' }).PORT).to.equal(8080);
  });

  it('agrees with docs/configuration.md (npm run docs:settings writes it)', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).to.equal(renderSettingsTable());
  });
});
