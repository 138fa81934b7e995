/**
 * The hospital around the service, in the test's own process, so that it survives every kill: the sandbox's FHIR
 * server and archive behind gates, and the EHR's key. Any number of patients share one phantom CT under UIDs and a
 * Patient ID of their own; the archive gets the files of a study when they are first asked for.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Patient } from '@medplum/fhirtypes';
import { pino } from 'pino';
import { createCtStudy } from '../../src/phantom/ct-study.ts';
import { createEhrIdentity } from '../../src/sandbox/ehr/call-authorizer.ts';
import {
  createSandboxFhirServer,
  type SandboxFhirServer,
} from '../../src/sandbox/fhir-server/create-sandbox-fhir-server.ts';
import { createSandboxPacs, type SandboxPacs } from '../../src/sandbox/pacs/create-sandbox-pacs.ts';
import type { StoredInstance } from '../../src/sandbox/pacs/read-instance.ts';
import { createImagingStudy, createPacsEndpoint } from '../../src/sandbox/seed/imaging-study.ts';
import { RECORD_NUMBER_SYSTEM, TEST_DATA } from '../../src/sandbox/seed/patient-resources.ts';
import { openGate, type Gate } from './gate.ts';

export interface Backdrop {
  readonly fhir: SandboxFhirServer;
  readonly pacs: SandboxPacs;
  readonly fhirGate: Gate;
  readonly pacsGate: Gate;
  readonly issuer: { readonly issuer: string; readonly jwksUrl: string };
  /** Authorization header for one call of a CDS endpoint. */
  authorize(audience: string): Promise<string>;
  /** Study Instance UID of an admitted patient. */
  studyUidOf(patientId: string): string;
  /** A new patient with a CT of half an hour ago; returns the patient's FHIR id. */
  admit(hoursAgo?: number): Promise<string>;
  close(): Promise<void>;
}

export interface BackdropOptions {
  /** The EHR's clock; the real one by default. */
  readonly now?: () => Date;
  /** Studies the archive holds at a time; older ones are made again when asked for. */
  readonly shelf?: number;
}

/** Small pixels, whole head: what is tested here is the walk, not the arithmetic. */
const MATRIX = 128;
const FIRST_NUMBER = 100_001;
const SEED = 710_000;

export async function openBackdrop({ now = () => new Date(), shelf = 40 }: BackdropOptions = {}): Promise<Backdrop> {
  const logger = pino({ level: 'silent' });
  const template = await makeTemplate();
  const pacs = await createSandboxPacs({ logger });
  const numbers = new Map<string, number>();
  const shelved: string[] = [];
  const shelve = (path: string): void => {
    const uid = /\/studies\/([\d.]+)/.exec(path)?.[1] ?? '';
    const number = numbers.get(uid);
    if (number === undefined || shelved.includes(uid)) return;
    for (const bytes of template.files) pacs.store(renumber(bytes, template.marks, number));
    shelved.push(uid);
    if (shelved.length > shelf) pacs.removeStudy(shelved.shift() ?? '');
  };
  const pacsGate = await openGate({ target: pacs.url, prepare: shelve });
  const fhir = await createSandboxFhirServer({ resources: [createPacsEndpoint(pacsGate.url)] });
  const fhirGate = await openGate({ target: fhir.url });
  const identity = await createEhrIdentity(now);
  const keys = await serveKeys(identity.jwks);
  const issuer = { issuer: keys.url, jwksUrl: `${keys.url}/jwks.json` };
  return {
    ...{ fhir, pacs, fhirGate, pacsGate, issuer },
    authorize: identity.createAuthorizer(issuer.issuer, issuer.jwksUrl),
    studyUidOf: (patientId) => {
      const number = Number(patientId.slice('patient-'.length));
      return write(template.instances[0]?.studyInstanceUid ?? '', number);
    },
    admit: async (hoursAgo = 0.5) => {
      const number = FIRST_NUMBER + numbers.size;
      const study = toStudy(template, number);
      numbers.set(study[0]?.studyInstanceUid ?? '', number);
      const startedAt = new Date(now().getTime() - hoursAgo * 3_600_000).toISOString();
      const patient = toPatient(number);
      await fhir.repository.createResource(patient);
      const facts = { id: `${patient.id}-ct`, patientId: patient.id, startedAt };
      await fhir.repository.seedResource(createImagingStudy(facts, study));
      return patient.id;
    },
    close: async () => {
      await Promise.all([keys.close(), fhirGate.close(), pacsGate.close(), fhir.close(), pacs.close()]);
    },
  };
}

interface Template {
  readonly files: readonly Uint8Array[];
  readonly instances: readonly StoredInstance[];
  /** Texts in the files that a number is written into. */
  readonly marks: readonly string[];
}

async function makeTemplate(): Promise<Template> {
  const study = await createCtStudy({ seed: SEED, matrix: MATRIX, patient: { patientId: 'PATIENT-000000' } });
  const files = study.series.flatMap((series) => series.instances.map(({ bytes }) => bytes));
  const pacs = await createSandboxPacs({ logger: pino({ level: 'silent' }) });
  const instances = files.map((bytes) => pacs.store(bytes));
  await pacs.close();
  const uids = instances.flatMap((one) => [one.studyInstanceUid, one.seriesInstanceUid, one.sopInstanceUid]);
  return { files, instances, marks: ['PATIENT-000000', ...new Set(uids)] };
}

function toStudy({ instances }: Template, number: number): readonly StoredInstance[] {
  return instances.map((one) => ({
    ...one,
    studyInstanceUid: write(one.studyInstanceUid, number),
    seriesInstanceUid: write(one.seriesInstanceUid, number),
    sopInstanceUid: write(one.sopInstanceUid, number),
  }));
}

/** The number takes six digits in the middle of a UID, the last six of a Patient ID: nothing changes its length. */
function write(mark: string, number: number): string {
  const at = mark.startsWith('PATIENT-') ? mark.length - 6 : 10;
  return mark.slice(0, at) + String(number) + mark.slice(at + 6);
}

function renumber(bytes: Uint8Array, marks: readonly string[], number: number): Uint8Array {
  const copy = Buffer.from(bytes);
  for (const mark of marks) {
    const text = write(mark, number);
    for (let at = copy.indexOf(mark, 0, 'latin1'); at >= 0; at = copy.indexOf(mark, at + 1, 'latin1'))
      copy.write(text, at, 'latin1');
  }
  return copy;
}

function toPatient(number: number): Patient & { id: string } {
  return {
    resourceType: 'Patient',
    id: `patient-${String(number)}`,
    meta: TEST_DATA,
    identifier: [{ system: RECORD_NUMBER_SYSTEM, value: `PATIENT-${String(number)}` }],
  };
}

async function serveKeys(jwks: unknown): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
