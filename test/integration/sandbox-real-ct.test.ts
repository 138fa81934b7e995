/** Real DICOM folders through the sandbox: what a person's own CT meets after `npm run demo -- --ct DIR`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ImagingStudy } from '@medplum/fhirtypes';
import { expect } from 'chai';
import pino from 'pino';
import { createSandbox, type Sandbox } from '../../src/sandbox/create-sandbox.ts';
import { skip } from '../support/skip.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/head-ct-dicom/', import.meta.url));

describe('sandbox with a real CT', () => {
  const closers: (() => Promise<void>)[] = [];
  let sandbox: Sandbox;

  beforeEach(async function () {
    if (!existsSync(DATA)) skip(this, 'no shared data beside the checkout');
    sandbox = await createSandbox({ logger: pino({ level: 'silent' }), now: () => new Date() });
    closers.push(() => sandbox.close());
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const listStudies = async () => {
    const answer = await fetch(`${sandbox.fhirUrl}/ImagingStudy?patient=Patient/demo-folder&_sort=-started`);
    const bundle = (await answer.json()) as { entry: { resource: ImagingStudy }[] };
    return bundle.entry.map((entry) => entry.resource);
  };

  it('takes the tilted GE head with its 28 slices and its moved study time', async () => {
    expect(await sandbox.addPatientFromDicomFolder(`${DATA}ge-human-ncct-tilt`)).to.include({
      instances: 28,
      skipped: 0,
    });
    const [study] = await listStudies();
    expect(study).to.include({ numberOfInstances: 28 });
    expect(study?.series?.[0]?.bodySite?.code).to.equal('69536005');
    expect(study?.note?.[0]?.text).to.contain('the header names no date');
  });

  it('takes the two studies of the Philips folder, captures included, and leaves out the archive file in it', async () => {
    const added = await sandbox.addPatientFromDicomFolder(`${DATA}philips-phantom`);
    expect([added.studyInstanceUids.length, added.skipped]).to.deep.equal([2, 1]);
    const series = (await listStudies()).flatMap((study) => study.series ?? []);
    expect(series.map((one) => one.numberOfInstances)).to.deep.equal([10, 1, 6, 2]);
  });

  it('copies no name and no birth date that the headers do not give away themselves', async () => {
    await sandbox.addPatientFromDicomFolder(`${DATA}ge-human-ncct-tilt`);
    const patient = (await (await fetch(`${sandbox.fhirUrl}/Patient/demo-folder`)).json()) as Record<string, unknown>;
    expect(patient).to.not.have.property('birthDate');
    expect(JSON.stringify(patient['name'])).to.contain('Imported CT').and.not.contain('REMOVED');
  });
});
