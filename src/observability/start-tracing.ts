/**
 * Sends spans to an OTLP/HTTP collector. Loaded and registered only when an endpoint is set; a collector that is down
 * costs spans, never an answer: batches are dropped after a few seconds, and the log says so once a minute at most.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

export interface TracingOptions {
  /** Base address of the collector, as in OTEL_EXPORTER_OTLP_ENDPOINT: `/v1/traces` is added. Undefined: no tracing. */
  readonly endpoint: string | undefined;
  readonly version: string;
  readonly logger: Logger;
}

export interface Tracing {
  /** Sends what is left, for a few seconds at most, and switches tracing off. */
  stop(): Promise<void>;
}

const EXPORT_TIMEOUT_MS = 3_000;
const BATCH_EVERY_MS = 2_000;
const SAY_AGAIN_AFTER_MS = 60_000;

/** One process has one tracing: OpenTelemetry's registry is global. */
export async function startTracing({ endpoint, version, logger }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return { stop: () => Promise.resolve() };
  const [api, sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, core, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'thrombectomy-cds',
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: BATCH_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  api.diag.setLogger(createDiagnostics(logger), { logLevel: api.DiagLogLevel.ERROR, suppressOverrideMessage: true });
  // A failed export is a rejected promise inside the SDK: without a handler of ours it would print a stack.
  core.setGlobalErrorHandler(() => api.diag.error('export failed'));
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  api.trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, EXPORT_TIMEOUT_MS).unref()),
      ]);
      for (const part of [api.trace, api.context, api.propagation, api.diag]) part.disable();
    },
  };
}

/** What went wrong is in the collector's log; the SDK's own words could repeat what was sent. */
function createDiagnostics(logger: Logger) {
  let saidAt = -SAY_AGAIN_AFTER_MS;
  const silent = (): void => undefined;
  return {
    error: () => {
      if (performance.now() - saidAt < SAY_AGAIN_AFTER_MS) return;
      saidAt = performance.now();
      logger.warn({ part: 'tracing' }, 'spans could not be sent to the collector');
    },
    warn: silent,
    info: silent,
    debug: silent,
    verbose: silent,
  };
}
