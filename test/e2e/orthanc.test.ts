import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { ImagingStudy } from '@medplum/fhirtypes';
import { openHospital, type Hospital } from '../support/hospital.ts';
import { findMissingOrthanc, startOrthanc, type Orthanc } from '../support/imaging-orthanc.ts';
import { skip } from '../support/skip.ts';

const REAL_HEAD = '../shared/data/head-ct-dicom/ge-human-ncct-tilt';

/** Empties the sandbox archive into Orthanc and takes the archive's address out of the chart: one PACS is left. */
async function moveToOrthanc(hospital: Hospital, orthanc: Orthanc): Promise<void> {
  for (const study of await hospital.find('ImagingStudy?_count=50')) {
    const [identifier] = study['identifier'] as { value: string }[];
    const instances = hospital.sandbox.pacs.list(identifier!.value.replace('urn:oid:', ''));
    expect(instances).not.to.have.length(0);
    for (const { bytes } of instances) await orthanc.store(bytes);
    const { endpoint, ...rest } = study;
    expect(endpoint).to.be.an('array');
    const { repository } = hospital.sandbox.fhir;
    // Its date of change stays: a study that changed just now would be waited for.
    await repository.withSeeding(() => repository.updateResource(rest as unknown as ImagingStudy));
  }
}

describe('the whole walk against Orthanc', function () {
  this.timeout(180_000);
  let orthanc: Orthanc | undefined;
  let hospital: Hospital | undefined;

  before(async function () {
    const missing = findMissingOrthanc();
    if (missing !== undefined) skip(this, missing);
    orthanc = await startOrthanc();
    hospital = await openHospital({
      patients: ['demo-2'],
      settings: {
        ORDER_BUDGET_MS: '10000',
        PACS_BASE_URL: orthanc.url,
        PACS_AUTH: 'basic',
        PACS_USER: orthanc.username,
        PACS_PASSWORD: orthanc.password,
      },
    });
  });
  after(async () => {
    await hospital?.close();
    await orthanc?.close();
  });

  it('assesses the phantom, and a real head where there is one, from order to chart', async () => {
    if (!hospital || !orthanc) throw new Error('not started');
    const hasReal = existsSync(REAL_HEAD);
    if (hasReal) await hospital.sandbox.addPatientFromDicomFolder(REAL_HEAD);
    await moveToOrthanc(hospital, orthanc);
    for (const patient of hasReal ? ['demo-2', 'demo-folder'] : ['demo-2']) {
      const answer = await hospital.sign(patient);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
      await hospital.waitFor(`RiskAssessment?subject=Patient/${patient}`, 3);
    }
    // What the weights say is not this test's matter; that the network saw both heads is.
    expect(hospital.log().match(/"mobilenetv3_small_100":\d/g)).to.have.length(hasReal ? 2 : 1);
    expect(hospital.sandbox.pacs.countRequests('retrieve')).to.equal(0);
  });
});
