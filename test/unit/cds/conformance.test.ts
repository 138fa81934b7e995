/** docs/conformance.md says which test holds each requirement; this one holds the page to the code. */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { skip } from '../../support/skip.ts';

const ROOT = new URL('../../../', import.meta.url);
const REQUIREMENTS = new URL('../shared/reference/cds-hooks-requirements.csv', ROOT);
const readText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const rows = readText('docs/conformance.md')
  .split('\n')
  .filter((line) => line.startsWith('| ['))
  .map((line) => ({ id: /^\| \[([^\]]+)\]/.exec(line)?.[1] ?? '', how: line.split(' | ').at(-1) ?? '' }));
const met = rows.filter((row) => !row.how.startsWith('**not applicable:**'));

/** A title as it stands in a source file, where quotes may be escaped. */
const holdsTitle = (source: string, title: string): boolean =>
  source.includes(title) || source.includes(title.replaceAll("'", "\\'"));

describe('docs/conformance.md', () => {
  it('has each of the 143 requirements once', () => {
    expect(rows).to.have.length(143);
    expect(new Set(rows.map((row) => row.id)).size).to.equal(143);
  });

  it('has exactly the requirements of the reference list', function () {
    if (!existsSync(REQUIREMENTS)) skip(this, 'no shared reference beside the checkout');
    const lines = readFileSync(REQUIREMENTS, 'utf8').split('\n');
    const ids = lines.flatMap((line) => {
      const [, set, id] = /^(cds-hooks[^,]*),(\d+),/.exec(line) ?? [];
      return id === undefined ? [] : [set?.includes('library') === true ? `lib-${id}` : id];
    });
    expect(rows.map((row) => row.id)).to.deep.equal(ids);
  });

  it('gives a reason for every row that does not apply', () => {
    for (const row of rows.filter((one) => !met.includes(one))) {
      expect(row.how.length, row.id).to.be.greaterThan('**not applicable:** '.length + 30);
    }
  });

  it('names a file and a test that exist, for every row that is met', () => {
    for (const row of met) {
      const [, file = '', test = '', title = ''] = /^`([^`]+)` · `([^`]+)` · “([^”]+)”/.exec(row.how) ?? [];
      expect(existsSync(new URL(file, ROOT)), `row ${row.id}: ${file}`).to.equal(true);
      expect(existsSync(new URL(test, ROOT)), `row ${row.id}: ${test}`).to.equal(true);
      expect(holdsTitle(readText(test), title), `row ${row.id}: “${title}” in ${test}`).to.equal(true);
    }
  });
});
