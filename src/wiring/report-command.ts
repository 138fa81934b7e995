/**
 * The site's report as one file, after a trial in shadow mode or at any time, from any FHIR server:
 *   npm run report:site -- --from 2026-11-01 --to 2026-11-30 [--fhir URL] [--evidence research] [--out report.html]
 * and a link to the monitoring page of a running service: npm run monitoring:link -- NAME
 * Neither starts the service, loads a network or writes to the chart.
 */
import { writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import { parseSettings } from '../config/parse-config.ts';
import { Fault } from '../errors.ts';
import { loadEnsemble } from '../inference/load-ensemble.ts';
import { createReporter } from '../monitoring/create-reporter.ts';
import { renderReportFile } from '../monitoring/page/render-report.ts';
import { createMonitoringLinks } from '../security/monitoring-link.ts';
import { readPageWords } from './build-monitoring.ts';
import { connectReportChart } from './connect-chart.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ReportCommand {
  readonly environment: Environment;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** In place of FHIR_BASE_URL. */
  readonly fhir: string | undefined;
  /** Weakest evidence whose numbers are analysed, in place of MIN_EVIDENCE_LEVEL. */
  readonly evidence: string | undefined;
  /** A file, or standard output. */
  readonly out: string | undefined;
  readonly logger: Logger;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

const REPORT_SETTINGS = [
  ...(['FHIR_BASE_URL', 'FHIR_AUTH', 'FHIR_TOKEN_URL', 'FHIR_CLIENT_ID', 'FHIR_CLIENT_SECRET'] as const),
  ...(['FHIR_PRIVATE_KEYS_FILE', 'FHIR_SCOPE', 'LANGUAGE', 'TIME_ZONE', 'MIN_EVIDENCE_LEVEL'] as const),
  ...(['CT_MAX_AGE_HOURS', 'MODELS_DIR', 'ENSEMBLE_FILE'] as const),
];

/** Throws Fault: settings, days, or what the chart throws. */
export async function runReportCommand(command: ReportCommand): Promise<void> {
  const { environment, from, to, fhir, out, logger, now } = command;
  if (from === undefined || to === undefined) throw new Fault('config-invalid', 'report needs --from and --to');
  const given = fhir === undefined ? environment : { ...environment, FHIR_BASE_URL: fhir };
  const config = parseSettings(given, REPORT_SETTINGS);
  const { ensemble } = await loadEnsemble({ modelsDir: config.MODELS_DIR, ensembleFile: config.ENSEMBLE_FILE });
  const reporter = createReporter({
    ...{ chart: await connectReportChart(config, logger), ensemble, now, logger },
    minimumEvidence: readEvidence(command.evidence) ?? config.MIN_EVIDENCE_LEVEL,
    maximumCtAgeHours: config.CT_MAX_AGE_HOURS,
    timeZone: config.TIME_ZONE,
  });
  const report = await reporter.report({ firstDay: from, lastDay: to });
  const text = renderReportFile(report, readPageWords(config.LANGUAGE));
  if (out === undefined) command.write(text);
  else {
    writeFileSync(out, text);
    command.write(`${out}\n`);
  }
}

function readEvidence(text: string | undefined): EvidenceLevel | undefined {
  const found = EVIDENCE_LEVELS.find((level) => level === text);
  if (text === undefined || found) return found;
  throw new Fault('config-invalid', `--evidence is one of ${EVIDENCE_LEVELS.join(', ')}`);
}

const MS_PER_MINUTE = 60_000;

/** Only a secret that the running service knows too makes a link it accepts. Throws Fault `config-invalid`. */
export function runLinkCommand(command: {
  readonly environment: Environment;
  readonly viewer: string | undefined;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}): void {
  const config = parseSettings(command.environment, ['PUBLIC_URL', 'LINK_SECRET', 'LINK_LIFETIME_MINUTES']);
  const { PUBLIC_URL: publicUrl, LINK_SECRET: secret } = config;
  if (publicUrl === undefined || secret === undefined) {
    throw new Fault('config-invalid', 'PUBLIC_URL and LINK_SECRET must be set, as they are for the service');
  }
  const lifetimeMs = config.LINK_LIFETIME_MINUTES * MS_PER_MINUTE;
  const links = createMonitoringLinks({ publicUrl, secrets: [secret], lifetimeMs, now: command.now });
  command.write(`${links.sign(command.viewer ?? '')}\n`);
}
