import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { validate } from 'dockerfile-utils';

const text = readFileSync('Dockerfile', 'utf8');

interface PackageFile {
  readonly version: string;
  readonly scripts: { readonly start: string };
  readonly dependencies: Readonly<Record<string, string>>;
}
const { version, scripts, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as PackageFile;

describe('Dockerfile', () => {
  it('passes the linter', () => {
    const problems = validate(text).map(({ message, range }) => ({ line: range.start.line + 1, message }));
    expect(problems).to.deep.equal([]);
  });

  it('builds with the Node that the service runs on', () => {
    expect(text).to.contain(`node:${dependencies['node'] ?? 'none'}-`);
  });

  it('names its bases by tag, never by the moving latest', () => {
    const bases = [...text.matchAll(/^ARG (?:BUILD|RUNTIME)_IMAGE=(\S+)$/gm)].map((match) => match[1] ?? '');
    expect(bases).to.have.length(2);
    for (const base of bases) expect(base).to.match(/:[^:/]*\d+\.\d+[^:/]*$/);
  });

  it('sets what npm start sets', () => {
    const assignments = scripts.start.split(' ').filter((word) => /^[A-Z_]+=/.test(word));
    expect(assignments).not.to.have.length(0);
    for (const assignment of assignments) expect(text).to.contain(`    ${assignment} \\\n`);
  });

  it('carries the version of the package', () => {
    expect(text).to.contain(`ARG VERSION=${version}`);
  });

  it('ends with the image without weights: what `docker build .` gives', () => {
    expect(text.trimEnd().split('\n').at(-1)).to.equal('FROM runtime AS service');
  });
});
