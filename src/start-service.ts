/**
 * Settings -> a running service, and back. Everything is made here and handed on; no room makes another.
 * The models load while the database opens; orders are answered as soon as both are known, analyses start when the
 * networks are warm. Closing goes the other way round: no new calls, running analyses finish or go back to the
 * queue, then the networks and the database.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { Config } from './config/settings.ts';
import { toFault } from './errors.ts';
import { createDicomwebCtSource } from './imaging/ct-source.ts';
import { createImagingWorkers } from './imaging/imaging-workers.ts';
import { createReadiness, type Readiness } from './observability/health.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { addReadinessGauge, addServiceInfo } from './observability/readiness-gauge.ts';
import { startTracing } from './observability/start-tracing.ts';
import { createCallRateLimit, type CallRateLimit, type CallRateLimitOptions } from './security/call-rate-limit.ts';
import { createLinkSigner, type LinkSignerOptions } from './security/link-signer.ts';
import { createMonitoringLinks } from './security/monitoring-link.ts';
import { createSecurityHeaders } from './security/security-headers.ts';
import type { TrustedIssuer } from './security/trusted-issuer.ts';
import type { Database } from './storage/database.ts';
import { createEvidenceStore } from './storage/evidence-store.ts';
import { createFeedbackStore } from './storage/feedback-store.ts';
import { createTextChooser } from './viewer/page-texts.ts';
import { buildCds } from './wiring/build-cds.ts';
import { buildLaunch } from './wiring/build-launch.ts';
import { buildMonitoring } from './wiring/build-monitoring.ts';
import { buildViewer } from './wiring/build-viewer.ts';
import { createCardSource, readModelCard } from './wiring/card-source.ts';
import { createClosers, type Closers } from './wiring/closers.ts';
import { connectChart } from './wiring/connect-chart.ts';
import { listPacsEndpoints } from './wiring/connect-pacs.ts';
import { openResultArchive } from './wiring/export-results.ts';
import { bind, closeServer, serve } from './wiring/listen.ts';
import { openEngine, type OpenedEngine } from './wiring/open-engine.ts';
import { openQueue } from './wiring/open-queue.ts';
import { createVerifier, readCallers } from './wiring/verify-callers.ts';
import { wireWalk, type Walk } from './wiring/wire-walk.ts';

export interface RunningService {
  readonly url: string;
  /** Resolves when the networks are loaded and warm and analyses run. */
  whenReady(): Promise<void>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** For what libraries read by themselves (ONNX Runtime's telemetry switch). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** In place of CDS_TRUSTED_ISSUERS_FILE. */
  readonly issuers?: readonly TrustedIssuer[];
  readonly now?: () => Date;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const MS_PER_MINUTE = 60_000;
const RATE_SETTLE_MS = 1_000;

/** Throws Fault; what was opened by then is closed again. */
export async function startService(options: StartOptions): Promise<RunningService> {
  const closers = createClosers(options.logger);
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(options: StartOptions, closers: Closers): Promise<RunningService> {
  const { config, logger, now = () => new Date() } = options;
  const tracing = await startTracing({ endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, version, logger });
  closers.add('tracing', () => tracing.stop());
  const { server, url } = await bind(config.HOST, config.PORT);
  const stopServing = () => closeServer(server);
  closers.add('server', stopServing);
  const publicUrl = config.PUBLIC_URL ?? url;
  const rooms = await openRooms(options, publicUrl, closers);
  const { outside, engine, queue } = rooms;
  const metrics = createMetrics(queue);
  const common = { metrics, logger, now, closers, audit: queue.audit };
  const linkOptions = readLinkOptions(config, publicUrl, now);
  const links = createLinkSigner(linkOptions);
  const { evidence, ctSource } = rooms;
  const feedbackStore = createFeedbackStore(queue.database);
  const walk = wireWalk(config, { ...rooms, chart: outside.chart, ...common });
  const chooseTexts = createTextChooser(config.LANGUAGE);
  const launch = buildLaunch(config, { ...rooms, walk, publicUrl, chooseTexts, ...common });
  const app = createApp({
    headers: createSecurityHeaders({ publicUrl, frameAncestors: config.FRAME_ANCESTORS }),
    cds: buildCds(config, {
      publicUrl,
      desk: walk.desk,
      ensemble: engine.ensemble,
      verifier: createVerifier(config, rooms.callers, { database: queue.database, logger, now }),
      rateLimit: openRateLimit(config, queue.database, closers, { logger, now }),
      links,
      feedbackStore,
      ...common,
    }),
    cardSource: createCardSource(config.MODELS_DIR, engine.ensemble),
    viewer: buildViewer(config, {
      chart: walk.chart,
      search: outside.search,
      queue: queue.queue,
      lateImages: walk.lateImages,
      evidence,
      feedback: feedbackStore,
      ctSource,
      ensemble: engine.ensemble,
      links,
      verifySession: launch?.verifySession,
      chooseTexts,
      ...common,
    }),
    monitoring: buildMonitoring(config, { rooms, links: createMonitoringLinks(linkOptions), ...common }),
    readReadiness: watchReadiness(rooms, metrics),
    ...(launch && { launch: launch.router }),
    ...(outside.keys && { publicKeys: outside.keys.publicSet }),
    ...common,
  });
  await serve(server, app);
  // Closed first of all: while work is handed back, nobody may ask for more. Closing it twice does no harm.
  closers.add('server', stopServing);
  logger.info({ url, publicUrl, ensemble: engine.ensemble.id, digest: engine.ensemble.digest }, 'answering orders');
  const ready = startWhenWarm(engine, walk, closers);
  return { url, whenReady: () => ready, close: () => closers.closeAll() };
}

type Rooms = Awaited<ReturnType<typeof openRooms>>;

function watchReadiness({ engine, queue, outside }: Rooms, { registry }: Metrics): () => Promise<Readiness> {
  const readReadiness = createReadiness([
    { name: 'models', check: () => engine.isReady() },
    { name: 'queue', check: async () => (await queue.readFigures()).waiting >= 0 },
    { name: 'fhir', check: (signal) => outside.chart.isReachable({ signal }) },
  ]);
  addReadinessGauge(registry, readReadiness);
  addServiceInfo(registry, { version, ensemble: engine.ensemble.id, digest: engine.ensemble.digest });
  return readReadiness;
}

/** A service that is closed while its networks warm up has not failed: it simply never starts to work. */
function startWhenWarm(engine: OpenedEngine, walk: Walk, closers: Closers): Promise<void> {
  const ready = engine.whenReady().then(
    () => (closers.isClosing() ? undefined : walk.start()),
    (error: unknown) => {
      if (!closers.isClosing()) throw toFault(error);
    },
  );
  ready.catch(() => undefined);
  return ready;
}

/**
 * Everything that is opened and closed: the networks load while the database opens. Closed last opened first:
 * work stops while workers, networks and database are still there for what is running.
 */
async function openRooms({ config, logger, environment, issuers }: StartOptions, publicUrl: string, closers: Closers) {
  const callers = readCallers(config, issuers);
  const outside = await connectChart(config, {
    service: { name: 'thrombectomy-cds', version, url: publicUrl },
    readModelCard: (network) => readModelCard(config.MODELS_DIR, network),
    allowedCallerServers: callers.fhirServers,
    logger,
  });
  const [queueOpened, engineOpened] = await Promise.allSettled([
    openQueue(config, outside, logger),
    openEngine(config, environment, logger),
  ]);
  if (queueOpened.status === 'fulfilled') closers.add('queue', () => queueOpened.value.close());
  if (engineOpened.status === 'fulfilled') closers.add('networks', () => engineOpened.value.close());
  const [queue, engine] = [requireOpened(queueOpened), requireOpened(engineOpened)];
  const workers = createImagingWorkers();
  closers.add('imaging workers', () => workers.close());
  closers.add('work', () => queue.stopWork());
  const ctSource = createDicomwebCtSource({ endpoints: listPacsEndpoints(config), workers, logger });
  const evidence = createEvidenceStore(queue.database);
  const archive = openResultArchive(config, { ctSource, workers, softwareVersion: version });
  return { callers, outside, engine, queue, workers, ctSource, evidence, archive };
}

/** One of two that open side by side may fail; the other is closed by then, and the reason is thrown as it was. */
function requireOpened<Room>(opened: PromiseSettledResult<Room>): Room {
  if (opened.status === 'fulfilled') return opened.value;
  throw toFault(opened.reason);
}

type Common = Pick<CallRateLimitOptions, 'logger' | 'now'>;

function openRateLimit(config: Config, database: Database, closers: Closers, common: Common): CallRateLimit {
  const limit = { windowMs: MS_PER_MINUTE, callsPerWindow: config.CALLS_PER_MINUTE };
  const rateLimit = createCallRateLimit({ database, ...limit, ...common });
  const settling = setInterval(() => void rateLimit.settle(), RATE_SETTLE_MS);
  closers.add('rate limit', () => {
    clearInterval(settling);
    return Promise.resolve();
  });
  return rateLimit;
}

/** Without LINK_SECRET links die with the process and are not understood by a replica. */
function readLinkOptions(config: Config, publicUrl: string, now: () => Date): LinkSignerOptions {
  return {
    publicUrl,
    secrets: [config.LINK_SECRET ?? randomBytes(32).toString('base64url')],
    lifetimeMs: config.LINK_LIFETIME_MINUTES * MS_PER_MINUTE,
    now,
  };
}
