/** Settings -> the chart and the audit trail on the FHIR server, with our own token. */
import type { Logger } from 'pino';
import type { Chart } from '../assessment/domain/ports.ts';
import type { ChartSearch } from '../assessment/scores/create-score-reader.ts';
import type { Config } from '../config/settings.ts';
import { Fault } from '../errors.ts';
import { createNoTokens, type AccessTokens } from '../fhir/access/access-tokens.ts';
import { createFhirConnection, type FhirConnection } from '../fhir/access/fhir-connection.ts';
import { loadSigningKeys, type SigningKeys } from '../fhir/access/signing-keys.ts';
import { createBackendServicesTokens, createClientCredentialsTokens } from '../fhir/access/token-endpoint.ts';
import type { Network, ServiceIdentity } from '../fhir/assessment/devices.ts';
import { findLatestAssessmentKey } from '../fhir/assessment/find-latest-key.ts';
import { createMedplumAuditTrail, type MedplumAuditTrail } from '../fhir/audit/create-medplum-audit-trail.ts';
import { createMedplumChart, type MedplumChartOptions } from '../fhir/create-medplum-chart.ts';
import { readCodeSet } from '../fhir/terminology/code-set.ts';
import type { MonitoringChart } from '../monitoring/facts/collect-facts.ts';
import { readJsonFile } from './read-json-file.ts';
import { traceChart } from './trace-ports.ts';
import { createSweepCutWarning } from './warn-of-cut-sweep.ts';

const VALUE_SETS = new URL('../../fhir-profiles/generated/', import.meta.url);

type ChartSettings = Pick<
  Config,
  | 'FHIR_BASE_URL'
  | 'FHIR_AUTH'
  | 'FHIR_TOKEN_URL'
  | 'FHIR_CLIENT_ID'
  | 'FHIR_CLIENT_SECRET'
  | 'FHIR_PRIVATE_KEYS_FILE'
  | 'FHIR_SCOPE'
>;

export interface ConnectedChart {
  readonly chart: Chart;
  readonly audit: MedplumAuditTrail;
  /** One FHIR search with our own token, for the clinical scores. */
  readonly search: ChartSearch;
  /** Searches that go on page after page, for the site's report. */
  readonly monitoring: MonitoringChart;
  /** The patient's latest assessment, for a SMART launch that names none. */
  readonly findLatestKey: (patientId: string, options: { readonly signal: AbortSignal }) => Promise<string | undefined>;
  /** Of FHIR_PRIVATE_KEYS_FILE; the public set is for /.well-known/jwks.json. */
  readonly keys?: SigningKeys;
}

export interface ChartWiring {
  readonly service: ServiceIdentity;
  readonly readModelCard: (network: Network) => string | undefined;
  /** FHIR servers that trusted callers may name. */
  readonly allowedCallerServers: readonly string[];
  readonly logger: Logger;
}

export async function connectChart(config: Config, wiring: ChartWiring): Promise<ConnectedChart> {
  const keys = await loadKeys(config);
  const tokens = createTokens(config, keys, wiring.logger);
  const { service } = wiring;
  const common = { baseUrl: config.FHIR_BASE_URL, tokens, service };
  const connection = createFhirConnection({ baseUrl: config.FHIR_BASE_URL, tokens, identity: 'service' });
  const reports = openReportConnection(config, tokens);
  return {
    search: (type, parameters, call) => connection.search(type, parameters, call),
    findLatestKey: (patientId, call) => findLatestAssessmentKey(connection, patientId, call),
    monitoring: {
      search: (type, parameters, call) => reports.search(type, parameters, call),
      page: (url, call) => reports.page(url, call),
    },
    chart: traceChart(openChart(common, wiring)),
    audit: createMedplumAuditTrail(common),
    ...(keys && { keys }),
  };
}

function openChart(
  common: Pick<MedplumChartOptions, 'baseUrl' | 'tokens' | 'service'>,
  { allowedCallerServers, readModelCard, logger }: ChartWiring,
): Chart {
  return createMedplumChart({
    ...common,
    allowedCallerServers,
    headCtCodes: {
      headCt: readCodeSet(new URL('ValueSet-head-ct.json', VALUE_SETS)),
      contrastHeadCt: readCodeSet(new URL('ValueSet-contrast-head-ct.json', VALUE_SETS)),
      headSites: readCodeSet(new URL('ValueSet-head-body-sites.json', VALUE_SETS)),
    },
    readModelCard,
    onSweepCut: createSweepCutWarning(logger),
  });
}

/** A page of 200 results with their study records is slower and larger than what an order waits for. */
function openReportConnection(config: ChartSettings, tokens: AccessTokens): FhirConnection {
  const [timeoutMs, maximumBytes] = [60_000, 64 * 1024 * 1024];
  return createFhirConnection({ baseUrl: config.FHIR_BASE_URL, tokens, identity: 'service', timeoutMs, maximumBytes });
}

/** The chart for a report alone: nothing is written, and no caller's server is ever read. */
export async function connectReportChart(config: ChartSettings, logger: Logger): Promise<MonitoringChart> {
  const keys = await loadKeys(config);
  return openReportConnection(config, createTokens(config, keys, logger));
}

async function loadKeys({ FHIR_PRIVATE_KEYS_FILE: file }: ChartSettings): Promise<SigningKeys | undefined> {
  return file === undefined ? undefined : loadSigningKeys(readJsonFile('FHIR_PRIVATE_KEYS_FILE', file));
}

function createTokens(config: ChartSettings, keys: SigningKeys | undefined, logger: Logger): AccessTokens {
  if (config.FHIR_AUTH === 'none') return createNoTokens();
  const endpoint = {
    tokenUrl: need(config.FHIR_TOKEN_URL),
    clientId: need(config.FHIR_CLIENT_ID),
    scope: config.FHIR_SCOPE,
    logger,
  };
  if (config.FHIR_AUTH === 'private-key-jwt' && keys) return createBackendServicesTokens({ ...endpoint, keys });
  return createClientCredentialsTokens({ ...endpoint, clientSecret: need(config.FHIR_CLIENT_SECRET) });
}

/** parse-config.ts has already asked for it; this only tells the compiler. */
function need(value: string | undefined): string {
  if (value === undefined) throw new Fault('config-invalid', 'A setting of the FHIR server is missing');
  return value;
}
