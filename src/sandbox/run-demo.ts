/**
 * `npm run demo`: a hospital of made-up patients and the real service inside it, in one process tree on loopback.
 * The service is started exactly as `npm start` would start it, from settings; only their values are the sandbox's.
 * Prints what it does, one URL, and how each CT fares; closing ends everything.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { parseConfig } from '../config/parse-config.ts';
import { createLogger } from '../observability/logger.ts';
import { createMonitoringLinks } from '../security/monitoring-link.ts';
import type { RunningService, StartOptions } from '../start-service.ts';
import { createSandbox, type Sandbox } from './create-sandbox.ts';
import { toAppAddresses } from './smart/registered-app.ts';
import { followAnalyses } from './follow-analyses.ts';

const HOUR_MS = 3_600_000;

type Environment = Readonly<Record<string, string | undefined>>;

export interface DemoOptions {
  readonly environment: Environment;
  readonly startService: (options: StartOptions) => Promise<RunningService>;
  /** Folder of DICOM files for a further patient. */
  readonly ct?: string | undefined;
  /** Of the order entry page; any free one by default. */
  readonly port?: string | undefined;
  readonly write?: (text: string) => void;
}

export interface RunningDemo {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly service: RunningService;
  /** Resolves when every CT has its answer in the chart. */
  whenAnalysed(): Promise<void>;
  close(): Promise<void>;
}

/** Throws Fault where the folder of `ct` holds no DICOM file, or the service cannot start. */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const say = createNarrator(options.write ?? ((text) => void process.stdout.write(text)));
  const logger = createLogger({ level: options.environment['LOG_LEVEL'] ?? 'error' });
  const folder = mkdtempSync(join(tmpdir(), 'thrombectomy-demo-'));
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    say('A hospital of made-up patients, on this machine only');
    const sandbox = await createSandbox({
      logger,
      now: () => new Date(),
      ports: { ehr: Number(options.port ?? 0) },
      onProgress: ({ text }) => say(text),
    });
    closers.push(() => sandbox.close());
    await sandbox.seedDemoPatients();
    if (options.ct !== undefined) await sandbox.addPatientFromDicomFolder(options.ct);

    say('service: loading InceptionV4 and SEResNet101');
    const linkSecret = randomBytes(32).toString('base64url');
    const service = await startIn(sandbox, folder, { ...options, linkSecret }, logger);
    closers.push(() => service.close());
    sandbox.connectCdsService(service.url);
    sandbox.registerApp({ clientId: SMART_CLIENT_ID, ...toAppAddresses(service.url) });
    sandbox.connectMonitoring(createDemoLinks(service.url, linkSecret));
    say(`service (CDS Hooks) at ${service.url}/cds-services`);
    say(
      `\n  Open  ${sandbox.ehrUrl}\n\n  Choose a patient, order "Mechanical thrombectomy", press Sign.  Ctrl-C ends everything.\n`,
    );
    const following = new AbortController();
    closers.push(() => {
      following.abort();
      return Promise.resolve();
    });
    const analysed = followAll(sandbox, service, say, following.signal);
    analysed.catch((error: unknown) => {
      logger.error({ err: error }, 'the analyses could not be followed');
    });
    return { url: sandbox.ehrUrl, sandbox, service, whenAnalysed: () => analysed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the sandbox EHR's administrator registers the evidence page. */
const SMART_CLIENT_ID = 'thrombectomy-cds';

/** The service from settings, as a site would start it; callers are verified by the sandbox EHR's own key. */
async function startIn(
  sandbox: Sandbox,
  folder: string,
  options: DemoOptions & { readonly linkSecret: string },
  logger: Logger,
): Promise<RunningService> {
  const issuersFile = join(folder, 'issuers.json');
  writeFileSync(issuersFile, JSON.stringify([{ ...sandbox.issuer, fhirServers: [sandbox.fhirUrl] }]));
  const ehrsFile = join(folder, 'smart-ehrs.json');
  writeFileSync(ehrsFile, JSON.stringify([{ iss: sandbox.fhirUrl, clientId: SMART_CLIENT_ID }]));
  const config = parseConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    FHIR_BASE_URL: sandbox.fhirUrl,
    PACS_BASE_URL: sandbox.pacsUrl,
    PACS_REACH: 'loopback',
    RESULTS_TO_PACS: 'true',
    RESULTS_PACS_BASE_URL: sandbox.pacsUrl,
    RESULTS_PACS_REACH: 'loopback',
    CDS_TRUSTED_ISSUERS_FILE: issuersFile,
    SMART_EHRS_FILE: ehrsFile,
    SMART_CARD_LINKS: 'true',
    MIN_EVIDENCE_LEVEL: 'in-silico',
    LINK_SECRET: options.linkSecret,
    DATA_DIR: 'memory',
    SWEEP_CRON: '*/5 * * * * *',
    SWEEP_LOOKBACK_HOURS: '72',
    ...pickOwn(options.environment),
  });
  return options.startService({ config, logger, environment: options.environment });
}

/** What the command `monitoring-link` does for whoever runs a service. */
function createDemoLinks(publicUrl: string, secret: string): () => string {
  const links = createMonitoringLinks({ publicUrl, secrets: [secret], lifetimeMs: HOUR_MS, now: () => new Date() });
  return () => links.sign('sandbox');
}

/** What may be tried out in the demo without editing it. */
function pickOwn(environment: Environment): Environment {
  const names = [
    'RESULTS_TO_PACS',
    'MIN_EVIDENCE_LEVEL',
    'ENSEMBLE_FILE',
    'MODELS_DIR',
    'LANGUAGE',
    'ORDER_BUDGET_MS',
    'TIME_ZONE',
    'SMART_CARD_LINKS',
  ];
  return Object.fromEntries(
    names.map((name) => [name, environment[name]] as const).filter(([, value]) => value !== undefined),
  );
}

async function followAll(
  sandbox: Sandbox,
  service: RunningService,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await service.whenReady();
  say('networks are warm; every CT is looked at before anybody orders');
  await followAnalyses({ fhirUrl: sandbox.fhirUrl, say, signal });
  if (!signal.aborted) say('all CTs answered');
}

function createNarrator(write: (text: string) => unknown): (line: string) => void {
  return (line) => {
    write(`${line}\n`);
  };
}
