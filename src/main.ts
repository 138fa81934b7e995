/**
 * The composition root: the only file that reads the environment and the command line, listens to signals and exits.
 *   node src/main.ts                  the service alone, from environment variables (docs/configuration.md)
 *   node src/main.ts --demo           the service inside a sandbox hospital; --ct DIR adds a patient with your CT
 *   node src/main.ts outbox list      what the chart has not taken; outbox redeliver: tries again what it refused
 *   node src/main.ts report --from DAY --to DAY   the site's report as one HTML file (wiring/report-command.ts)
 *   node src/main.ts monitoring-link NAME         a link to the monitoring page, for that viewer
 * Exit codes: 0 stopped as asked, 1 a fault while running, 2 the settings or models are not right.
 */
import { parseArgs } from 'node:util';
import { parseConfig, redactConfig } from './config/parse-config.ts';
import { readSecretFiles } from './config/secret-files.ts';
import { Fault, isFault } from './errors.ts';
import { createLogger } from './observability/logger.ts';
import { startService } from './start-service.ts';
import { runOutboxCommand } from './wiring/outbox-command.ts';
import { runLinkCommand, runReportCommand } from './wiring/report-command.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ demo: { type: 'boolean' }, ct: { type: 'string' }, port: { type: 'string' } },
    ...{ from: { type: 'string' }, to: { type: 'string' }, fhir: { type: 'string' } },
    ...{ evidence: { type: 'string' }, out: { type: 'string' } },
  },
});

interface Stoppable {
  close(): Promise<void>;
}

async function startAlone(): Promise<Stoppable> {
  const config = parseConfig(readSecretFiles(process.env));
  const logger = createLogger({ level: config.LOG_LEVEL });
  logger.info({ settings: redactConfig(config) }, 'starting');
  const service = await startService({ config, logger, environment: process.env });
  service.whenReady().then(
    () => logger.info('networks are warm, analyses run'),
    (error: unknown) => {
      logger.fatal({ err: error }, 'the networks could not be loaded');
      process.exit(2);
    },
  );
  return service;
}

async function runCommand(name: string | undefined, action: string | undefined): Promise<void> {
  const shared = {
    environment: readSecretFiles(process.env),
    write: (text: string) => void process.stdout.write(text),
    now: () => new Date(),
  };
  if (name === 'monitoring-link') {
    runLinkCommand({ ...shared, viewer: action });
    return;
  }
  if (name === 'report') {
    const { from, to, fhir, evidence, out } = values;
    await runReportCommand({ ...shared, from, to, fhir, evidence, out, logger: createLogger({ level: 'error' }) });
    return;
  }
  if (name !== 'outbox') throw new Fault('config-invalid', `There is no command ${name ?? ''}`);
  const config = parseConfig(readSecretFiles(process.env));
  const logger = createLogger({ level: 'error' });
  await runOutboxCommand({ action, config, logger, write: (line) => void process.stdout.write(`${line}\n`) });
}

/** Loaded only here: the image holds no sandbox. */
async function startDemo(): Promise<Stoppable> {
  const { runDemo } = await import('./sandbox/run-demo.ts');
  return runDemo({ environment: process.env, startService, ct: values.ct, port: values.port });
}

/** A second signal ends at once; the first one waits for what is running. */
function stopOnSignals(running: Stoppable): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    running.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

try {
  if (positionals.length > 0) {
    await runCommand(positionals[0], positionals[1]);
    process.exit(0);
  }
  stopOnSignals(values.demo === true ? await startDemo() : await startAlone());
} catch (error) {
  const isSetting =
    isFault(error) && ['config-invalid', 'contract-invalid', 'model-digest-mismatch'].includes(error.code);
  const text = isFault(error)
    ? `${error.code}\n${error.message}`
    : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`The service did not start: ${text}\n`);
  process.exit(isSetting ? 2 : 1);
}
