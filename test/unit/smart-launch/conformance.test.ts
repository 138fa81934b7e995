/** docs/conformance-smart.md says which test holds each requirement; this one holds the page to the code. */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const ROOT = new URL('../../../', import.meta.url);
const rows = readFileSync(new URL('docs/conformance-smart.md', ROOT), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ['));

describe('docs/conformance-smart.md', () => {
  it('names a file and a test that exist, in every row', () => {
    expect(rows).to.have.length(18);
    for (const row of rows) {
      const [, file = '', test = '', title = ''] = /`([^`]+)` · `([^`]+)` · “([^”]+)” \|$/.exec(row) ?? [];
      expect(existsSync(new URL(file, ROOT)), `${file} of ${row}`).to.equal(true);
      expect(readFileSync(new URL(test, ROOT), 'utf8'), row).to.contain(title);
    }
  });

  it('has each requirement once', () => {
    const requirements = rows.map((row) => row.split(' | ')[1]);
    expect(new Set(requirements).size).to.equal(rows.length);
  });
});
