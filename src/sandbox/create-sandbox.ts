/**
 * A hospital in one process: FHIR server, DICOMweb archive and EHR, each on its own loopback socket, filled with
 * made-up patients. The CDS service stays outside and is named when it listens. Never for real patients.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Express } from 'express';
import { Fault } from '../errors.ts';
import { createEhrApp } from './ehr/create-ehr-app.ts';
import { createEhrIdentity } from './ehr/call-authorizer.ts';
import { createEhrChart } from './ehr/ehr-chart.ts';
import { createSandboxFhirServer, type SandboxFhirServer } from './fhir-server/create-sandbox-fhir-server.ts';
import { createSandboxPacs, type SandboxPacs } from './pacs/create-sandbox-pacs.ts';
import { DEMO_PATIENTS, type DemoPatient } from './seed/demo-patient.ts';
import { createPacsEndpoint } from './seed/imaging-study.ts';
import { refreshImagingStudy } from './seed/refresh-imaging-study.ts';
import { createPractitioner } from './seed/patient-resources.ts';
import { seedDemoPatient } from './seed/seed-demo-patients.ts';
import { seedDicomFolder, type FolderImport } from './seed/seed-dicom-folder.ts';
import type { SeedTarget } from './seed/seed-target.ts';
import { createSmartServer } from './smart/create-smart-server.ts';
import type { RegisteredApp } from './smart/registered-app.ts';

export interface SandboxProgress {
  readonly step: 'fhir' | 'pacs' | 'ehr' | 'patient' | 'folder';
  /** One line for a person at a terminal; no names. */
  readonly text: string;
}

export interface SandboxOptions {
  readonly logger: Logger;
  readonly now: () => Date;
  /** 0 (the default) takes any free port. */
  readonly ports?: { readonly ehr?: number; readonly fhir?: number; readonly pacs?: number };
  readonly onProgress?: (progress: SandboxProgress) => void;
}

export interface Sandbox {
  readonly ehrUrl: string;
  readonly fhirUrl: string;
  readonly pacsUrl: string;
  /** What a CDS service needs to trust this EHR's tokens. */
  readonly issuer: { readonly issuer: string; readonly jwksUrl: string };
  readonly fhir: SandboxFhirServer;
  readonly pacs: SandboxPacs;
  /** The address the page starts with; it can be changed there. */
  connectCdsService(baseUrl: string): void;
  /** Lets an app be launched from the EHR (SMART App Launch). */
  registerApp(app: RegisteredApp): void;
  /** How the page's link to the service's monitoring is made: a new one at each click. */
  connectMonitoring(signLink: () => string): void;
  /** Seeds the demo patients; returns their FHIR ids. */
  seedDemoPatients(patients?: readonly DemoPatient[]): Promise<readonly string[]>;
  /** Throws Fault where the folder holds no CT. */
  addPatientFromDicomFolder(directory: string): Promise<FolderImport>;
  close(): Promise<void>;
}

export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { logger, now, ports = {} } = options;
  const report = (step: SandboxProgress['step'], text: string) => options.onProgress?.({ step, text });
  const addresses = { ehrUrl: '', fhirUrl: '' };
  const smart = await createSmartServer({ findAddresses: () => addresses, now });
  const pacs = await createSandboxPacs({
    logger,
    port: ports.pacs ?? 0,
    onStored: (study) => {
      refreshImagingStudy(fhir.repository, study, pacs.list(study)).catch((error: unknown) => {
        logger.error({ err: error }, 'sandbox: the chart was not told of new series');
      });
    },
  });
  report('pacs', `archive (DICOMweb) at ${pacs.url}`);
  const fhir = await createSandboxFhirServer({
    logger,
    port: ports.fhir ?? 0,
    resources: [createPractitioner(), createPacsEndpoint(pacs.url)],
    before: smart.configuration,
  });
  report('fhir', `chart (FHIR R4) at ${fhir.url}`);
  const identity = await createEhrIdentity(now);
  const service: ConnectedService = {};
  const ehr = await listenEhr(options, (ehrUrl) =>
    createEhrApp({
      chart: createEhrChart(fhir.url),
      pacsUrl: pacs.url,
      authorize: identity.createAuthorizer(ehrUrl, `${ehrUrl}/.well-known/jwks.json`),
      findServiceUrl: () => service.url,
      requireMonitoringUrl: () => signMonitoringUrl(service),
      identity,
      smart,
      now,
      logger,
    }),
  );
  Object.assign(addresses, { ehrUrl: ehr.url, fhirUrl: fhir.url });
  report('ehr', `order entry at ${ehr.url}`);
  return {
    ehrUrl: ehr.url,
    fhirUrl: fhir.url,
    pacsUrl: pacs.url,
    issuer: { issuer: ehr.url, jwksUrl: `${ehr.url}/.well-known/jwks.json` },
    fhir,
    pacs,
    registerApp: (app) => {
      smart.register(app);
    },
    ...createConnections(service),
    ...createSeeding({ fhir, pacs, now, report }),
    async close() {
      for (const server of [ehr, fhir, pacs]) await server.close();
    },
  };
}

interface ConnectedService {
  url?: string;
  signMonitoringLink?: () => string;
}

function createConnections(service: ConnectedService): Pick<Sandbox, 'connectCdsService' | 'connectMonitoring'> {
  return {
    connectCdsService(baseUrl) {
      service.url = baseUrl;
    },
    connectMonitoring(signLink) {
      service.signMonitoringLink = signLink;
    },
  };
}

function signMonitoringUrl(service: ConnectedService): string {
  if (service.signMonitoringLink) return service.signMonitoringLink();
  throw new Fault('not-found', 'No monitoring page is connected');
}

interface SeedingParts {
  readonly fhir: SandboxFhirServer;
  readonly pacs: SandboxPacs;
  readonly now: () => Date;
  readonly report: (step: SandboxProgress['step'], text: string) => void;
}

function createSeeding(parts: SeedingParts): Pick<Sandbox, 'seedDemoPatients' | 'addPatientFromDicomFolder'> {
  const { fhir, pacs, now, report } = parts;
  const target: SeedTarget = {
    async addResource(resource) {
      await fhir.repository.seedResource(resource);
    },
    storeInstance: (bytes) => pacs.store(bytes),
  };
  return {
    async seedDemoPatients(patients = DEMO_PATIENTS) {
      const ids: string[] = [];
      for (const demo of patients) {
        ids.push(await seedDemoPatient(target, demo, now()));
        report('patient', `patient ${String(ids.length)} of ${String(patients.length)}: ${demo.story ?? 'no CT'}`);
      }
      return ids;
    },
    async addPatientFromDicomFolder(directory) {
      const added = await seedDicomFolder(target, { directory, patientId: 'demo-folder', now: now() });
      report(
        'folder',
        `imported ${String(added.instances)} DICOM files, left out ${String(added.skipped)} other files`,
      );
      return added;
    },
  };
}

/** The address is known only once it listens, and the tokens' issuer is that address. */
async function listenEhr(options: SandboxOptions, createApp: (ehrUrl: string) => Express) {
  const server = createServer().listen(options.ports?.ehr ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  server.on('request', createApp(url));
  return {
    url,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
