import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSecretFiles, SECRET_NAMES } from '../../../src/config/secret-files.ts';
import { isFault } from '../../../src/errors.ts';

function problemsOf(environment: Record<string, string>): string {
  try {
    readSecretFiles(environment);
  } catch (error) {
    if (isFault(error) && error.code === 'config-invalid') return error.message;
    throw error;
  }
  return '';
}

describe('secrets in files', () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  before(() => (folder = mkdtempSync(join(tmpdir(), 'secrets-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('covers every setting that is secret, and no other', () => {
    expect(SECRET_NAMES.toSorted()).to.deep.equal([
      'DATABASE_URL',
      'FHIR_CLIENT_SECRET',
      'LINK_SECRET',
      'PACS_PASSWORD',
      'PACS_TOKEN',
      'RESULTS_PACS_PASSWORD',
      'RESULTS_PACS_TOKEN',
    ]);
    expect(readSecretFiles({ PORT_FILE: '/no/such/file' })).to.deep.equal({ PORT_FILE: '/no/such/file' });
  });

  it('takes the content without the newline at its end, and leaves the rest of the environment', () => {
    const environment = readSecretFiles({ PACS_TOKEN_FILE: write('token', ' a b\n\n'), PORT: '1' });
    expect([environment['PACS_TOKEN'], environment['PORT']]).to.deep.equal([' a b\n', '1']);
  });

  it('refuses a secret that is given twice, a file that is missing and one that is empty, all at once', () => {
    const problems = problemsOf({
      PACS_TOKEN: 'hunter2',
      PACS_TOKEN_FILE: write('token', 'hunter3'),
      LINK_SECRET_FILE: '/no/such/file',
      DATABASE_URL_FILE: write('empty', '\n'),
    });
    expect(problems.split('\n')).to.have.length(3);
    expect(problems).to.match(/PACS_TOKEN and PACS_TOKEN_FILE are both set/);
    expect(problems).to.contain('LINK_SECRET_FILE: /no/such/file cannot be read').and.to.contain('is empty');
    expect(problems).not.to.contain('hunter');
  });
});
