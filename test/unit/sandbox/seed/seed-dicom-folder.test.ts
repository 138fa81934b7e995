import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImagingStudy, Resource } from '@medplum/fhirtypes';
import { expect } from 'chai';
import { readInstance } from '../../../../src/sandbox/pacs/read-instance.ts';
import { seedDicomFolder } from '../../../../src/sandbox/seed/seed-dicom-folder.ts';
import { writeDicomFile } from '../../../support/dicom-file.ts';

describe('a folder of DICOM files as a patient', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  let directory: string;
  let resources: Resource[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dicom-folder-'));
    resources = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const seed = () =>
    seedDicomFolder(
      {
        addResource: async (resource) => void resources.push(await Promise.resolve(resource)),
        storeInstance: readInstance,
      },
      { directory, patientId: 'folder', now },
    );
  const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, name), bytes);
  const ct = (study: string, instance: number) =>
    writeDicomFile({ study, series: `${study}.1`, instance: `${study}.1.${String(instance)}` });
  const studies = () => resources.filter((one): one is ImagingStudy => one.resourceType === 'ImagingStudy');

  it('finds files in subfolders and leaves out what is no DICOM', async () => {
    mkdirSync(join(directory, 'deep', 'deeper'), { recursive: true });
    put('deep/deeper/IM0001', ct('1.2', 1));
    put('a.dcm', ct('1.2', 2));
    put('README.txt', Buffer.from('hello'));
    expect(await seed()).to.include({ instances: 2, skipped: 1 });
    expect(studies()[0]).to.include({ numberOfInstances: 2 });
  });

  it('makes the largest study the latest, and all of them earlier than now', async () => {
    put('a', ct('1.2', 1));
    put('b', ct('3.4', 1));
    put('c', ct('3.4', 2));
    await seed();
    const [largest, other] = studies();
    expect(largest?.identifier?.[0]?.value).to.equal('urn:oid:3.4');
    expect(Date.parse(largest?.started ?? ''))
      .to.be.below(now.getTime())
      .and.above(Date.parse(other?.started ?? ''));
  });

  it('says that the study time was moved, and what the header said', async () => {
    put('a', ct('1.2', 1));
    await seed();
    expect(studies()[0]?.note?.[0]?.text).to.contain('moved').and.contain('20261123');
  });

  it('keeps the name in the header out of the chart', async () => {
    put('a', ct('1.2', 1));
    await seed();
    expect(JSON.stringify(resources)).not.to.contain('Archive');
  });

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error: unknown) => (error as { code?: string }).code,
    );

  it('refuses a folder without a CT', async () => {
    put('a', writeDicomFile({ study: '1', series: '1.1', instance: '1.1.1', modality: 'MR' }));
    expect(await codeOf(seed())).to.equal('dicom-malformed');
  });

  it('refuses a folder that is not there', async () => {
    rmSync(directory, { recursive: true });
    expect(await codeOf(seed())).to.equal('not-found');
    mkdirSync(directory);
  });
});
