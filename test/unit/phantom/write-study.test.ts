import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LABEL_COLUMNS } from '../../../src/phantom/labels.ts';
import { skip } from '../../support/skip.ts';

const run = promisify(execFile);
const script = new URL('../../../src/phantom/write-study.ts', import.meta.url).pathname;

describe('phantom: write-study command', () => {
  let out: string;
  before(async function () {
    this.timeout(60_000);
    out = await mkdtemp(join(tmpdir(), 'phantom-'));
    await run(process.execPath, [
      script,
      '--out',
      out,
      '--seed',
      '40',
      '--count',
      '2',
      '--matrix',
      '64',
      '--slices',
      '6',
      '--truth',
    ]);
  });
  after(() => rm(out, { recursive: true, force: true }));

  it('writes a folder per study with files and truth masks', async () => {
    expect((await readdir(join(out, '40', '1-thick-soft'))).sort()).to.deep.equal(
      ['0001.dcm', '0002.dcm', '0003.dcm', '0004.dcm', '0005.dcm', '0006.dcm', 'lesions.npy', 'tissue.npy'].sort(),
    );
  });

  it('writes masks that NumPy can read: magic, aligned header, one byte per voxel', async () => {
    const bytes = await readFile(join(out, '40', '1-thick-soft', 'lesions.npy'));
    const length = bytes.readUInt16LE(8);
    expect(bytes.subarray(0, 8).toString('latin1')).to.equal('\x93NUMPY\x01\x00');
    expect((10 + length) % 64).to.equal(0);
    expect(bytes.subarray(10, 10 + length).toString()).to.contain("'shape': (6, 64, 64,)");
    expect(bytes.length).to.equal(10 + length + 6 * 64 * 64);
  });

  it('writes one label line per study with a value or nothing in every column', async () => {
    const lines = (await readFile(join(out, 'labels.csv'), 'utf8')).trim().split('\n');
    expect(lines).to.have.lengthOf(3);
    for (const line of lines) expect(line.split(',')).to.have.lengthOf(LABEL_COLUMNS.length);
  });

  it('refuses an unknown story in words', async () => {
    const failure = await run(process.execPath, [script, '--out', out, '--story', 'nope']).catch(
      (cause: unknown) => cause,
    );
    expect(failure).to.have.property('code', 1);
    expect((failure as { stderr: string }).stderr).to.contain('usage:');
  });

  it('satisfies dcmdump of Debian dcmtk', async function () {
    const found = await run('dcmdump', ['--version']).then(
      () => true,
      () => false,
    );
    if (!found) skip(this, 'dcmtk is not installed');
    const { stdout, stderr } = await run('dcmdump', ['-q', join(out, '40', '1-thick-soft', '0001.dcm')]);
    expect(stderr).to.equal('');
    expect(stdout).to.contain('CTImageStorage');
  });

  it('satisfies dciodvfy of Debian dicom3tools, apart from an attribute newer than it', async function () {
    const file = join(out, '40', '1-thick-soft', '0001.dcm');
    const found = await run('sh', ['-c', 'command -v dciodvfy']).then(
      () => true,
      () => false,
    );
    if (!found) skip(this, 'dicom3tools is not installed');
    const said = await run('dciodvfy', ['-new', file]).catch((cause: unknown) => cause as { stderr: string });
    const errors = said.stderr.split('\n').filter((line) => line.startsWith('Error') && !line.includes('0008,001c'));
    expect(errors).to.deep.equal([]);
  });
});
