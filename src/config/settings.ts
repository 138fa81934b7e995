/**
 * Every setting of the service: its environment variable, its meaning, its default, whether it is a secret.
 * docs/configuration.md is generated from this table (node src/config/write-settings-table.ts), and a test
 * holds the two together. Nothing else reads the environment.
 */
import { validate as isCronExpression } from 'node-cron';
import { z } from 'zod';
import { COUNTED_AHEAD } from '../assessment/domain/backlog.ts';
import { EVIDENCE_LEVELS } from '../assessment/domain/evidence-level.ts';

export interface Setting {
  readonly schema: z.ZodType;
  readonly meaning: string;
  /** What to write to mend a missing or wrong value. */
  readonly example: string;
  readonly secret?: true;
}

const wholeNumber = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);
const httpUrl = z.url({ protocol: /^https?$/ });
const listOfOrigins = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)));
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const filePath = z.string().min(1);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const SETTINGS = {
  HOST: {
    schema: z.string().min(1).default('127.0.0.1'),
    meaning: 'Address to listen on',
    example: '0.0.0.0 behind a TLS proxy',
  },
  PORT: {
    schema: wholeNumber(0, 65_535).default(8080),
    meaning: 'Port to listen on; 0 = any free one',
    example: '8080',
  },
  PUBLIC_URL: {
    schema: httpUrl.optional(),
    meaning:
      'The address EHRs call, without a path; JWT audiences and card links are made from it. Default: where it listens',
    example: 'https://cds.example.org',
  },
  LOG_LEVEL: {
    schema: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
    meaning: 'Least severe log line that is written',
    example: 'info',
  },
  LANGUAGE: {
    schema: z.enum(['en', 'de']).default('en'),
    meaning: 'Language of the cards, and of the pages for browsers and EHRs that ask for none of ours',
    example: 'en',
  },
  FHIR_BASE_URL: {
    schema: httpUrl,
    meaning: 'FHIR R4 base of the chart that is read and written; https unless FHIR_AUTH is none or it is this machine',
    example: 'https://fhir.example.org/fhir/R4',
  },
  FHIR_AUTH: {
    schema: z.enum(['none', 'client-credentials', 'private-key-jwt']).default('none'),
    meaning: 'How the service signs in to the FHIR server: SMART Backend Services is private-key-jwt',
    example: 'private-key-jwt',
  },
  FHIR_TOKEN_URL: {
    schema: httpUrl.optional(),
    meaning: 'Token endpoint, https unless it is this machine; required unless FHIR_AUTH is none',
    example: 'https://fhir.example.org/oauth2/token',
  },
  FHIR_CLIENT_ID: {
    schema: z.string().min(1).optional(),
    meaning: 'Our client id at the token endpoint',
    example: 'thrombectomy-cds',
  },
  FHIR_CLIENT_SECRET: {
    schema: z.string().min(1).optional(),
    meaning: 'Client secret; for FHIR_AUTH client-credentials only',
    example: 'from your secret store',
    secret: true,
  },
  FHIR_PRIVATE_KEYS_FILE: {
    schema: filePath.optional(),
    meaning:
      'JWK Set with our private keys (ES384 or RS384), the signing one first; for FHIR_AUTH private-key-jwt and SMART launches with private-key-jwt',
    example: '/run/secrets/fhir-keys.json',
  },
  FHIR_SCOPE: {
    schema: z
      .string()
      .min(1)
      .default(
        'system/Patient.r system/ImagingStudy.rs system/Endpoint.rs system/Observation.rs system/Condition.rs system/RiskAssessment.crus system/Device.crus system/DocumentReference.crus system/Provenance.crs system/AuditEvent.crs',
      ),
    meaning: 'Scopes asked for at the token endpoint (SMART v2)',
    example: 'system/*.cruds',
  },
  PACS_BASE_URL: {
    schema: httpUrl,
    meaning: 'DICOMweb base of the PACS, used where the chart names no endpoint',
    example: 'https://pacs.example.org/dicom-web',
  },
  PACS_ALLOWED_ORIGINS: {
    schema: listOfOrigins.default([]),
    meaning: 'Further DICOMweb servers that ImagingStudy.endpoint may name; anything else is refused (SSRF)',
    example: 'https://archive.example.org',
  },
  PACS_AUTH: {
    schema: z.enum(['none', 'basic', 'bearer', 'mutual-tls']).default('none'),
    meaning: 'How the service signs in to the PACS',
    example: 'basic',
  },
  PACS_USER: { schema: z.string().min(1).optional(), meaning: 'User name for PACS_AUTH basic', example: 'cds' },
  PACS_PASSWORD: {
    schema: z.string().min(1).optional(),
    meaning: 'Password for PACS_AUTH basic',
    example: 'from your secret store',
    secret: true,
  },
  PACS_TOKEN: {
    schema: z.string().min(1).optional(),
    meaning: 'Token for PACS_AUTH bearer',
    example: 'from your secret store',
    secret: true,
  },
  PACS_CLIENT_CERTIFICATE_FILE: {
    schema: filePath.optional(),
    meaning: 'PEM certificate for PACS_AUTH mutual-tls',
    example: '/run/secrets/pacs.crt',
  },
  PACS_CLIENT_KEY_FILE: {
    schema: filePath.optional(),
    meaning: 'PEM private key for PACS_AUTH mutual-tls',
    example: '/run/secrets/pacs.key',
  },
  PACS_CA_FILE: {
    schema: filePath.optional(),
    meaning: "PEM of the authorities to trust instead of the system's, for the PACS",
    example: '/etc/ssl/hospital-ca.pem',
  },
  PACS_REACH: {
    schema: z.enum(['public', 'private', 'loopback']).default('private'),
    meaning: 'Where PACS names may resolve to: the internet only, also hospital ranges, or also this machine',
    example: 'private',
  },
  RESULTS_TO_PACS: {
    schema: flag.default(false),
    meaning:
      'Store each result in the study it is about: a structured report and, where hemorrhage or risk is called, maps as pictures (docs/results-to-pacs.md)',
    example: 'false',
  },
  RESULTS_PACS_BASE_URL: {
    schema: httpUrl.optional(),
    meaning: 'DICOMweb base of the archive that results are stored in (STOW-RS, QIDO-RS); required for RESULTS_TO_PACS',
    example: 'https://pacs.example.org/dicom-web',
  },
  RESULTS_PACS_AUTH: {
    schema: z.enum(['none', 'basic', 'bearer', 'mutual-tls']).default('none'),
    meaning: 'How the service signs in to that archive; nothing is taken over from PACS_AUTH',
    example: 'basic',
  },
  RESULTS_PACS_USER: {
    schema: z.string().min(1).optional(),
    meaning: 'User name for RESULTS_PACS_AUTH basic',
    example: 'cds-results',
  },
  RESULTS_PACS_PASSWORD: {
    schema: z.string().min(1).optional(),
    meaning: 'Password for RESULTS_PACS_AUTH basic',
    example: 'from your secret store',
    secret: true,
  },
  RESULTS_PACS_TOKEN: {
    schema: z.string().min(1).optional(),
    meaning: 'Token for RESULTS_PACS_AUTH bearer',
    example: 'from your secret store',
    secret: true,
  },
  RESULTS_PACS_CLIENT_CERTIFICATE_FILE: {
    schema: filePath.optional(),
    meaning: 'PEM certificate for RESULTS_PACS_AUTH mutual-tls',
    example: '/run/secrets/results-pacs.crt',
  },
  RESULTS_PACS_CLIENT_KEY_FILE: {
    schema: filePath.optional(),
    meaning: 'PEM private key for RESULTS_PACS_AUTH mutual-tls',
    example: '/run/secrets/results-pacs.key',
  },
  RESULTS_PACS_CA_FILE: {
    schema: filePath.optional(),
    meaning: "PEM of the authorities to trust instead of the system's, for that archive",
    example: '/etc/ssl/hospital-ca.pem',
  },
  RESULTS_PACS_REACH: {
    schema: z.enum(['public', 'private', 'loopback']).default('private'),
    meaning: 'Where its name may resolve to: the internet only, also hospital ranges, or also this machine',
    example: 'private',
  },
  ANALYSIS_TIMEOUT_MS: {
    schema: wholeNumber(10_000, 3_600_000).default(300_000),
    meaning: 'Longest time one analysis may take, fetching included; then it is tried again later',
    example: '300000',
  },
  ANALYSIS_BACKLOG_LIMIT: {
    schema: wholeNumber(1, COUNTED_AHEAD).default(20),
    meaning:
      'Orders waiting ahead from which a new order is told at once that its analysis will come too late; at most 1000',
    example: '20',
  },
  CDS_AUTH: {
    schema: z.enum(['jwt', 'insecure-loopback']).default('jwt'),
    meaning: 'How callers are verified; insecure-loopback is for the sandbox and refuses any other address',
    example: 'jwt',
  },
  CDS_TRUSTED_ISSUERS_FILE: {
    schema: filePath.optional(),
    meaning:
      'JSON list of EHRs that may call: [{"issuer", "jwksUrl", "tenants"?, "fhirServers"?, "samePatientIds"?}]; required for CDS_AUTH jwt (see docs/runbook.md)',
    example: '/etc/thrombectomy-cds/issuers.json',
  },
  CDS_DISCOVERY: {
    schema: z.enum(['public', 'protected']).default('public'),
    meaning: 'Whether GET /cds-services asks for a JWT too',
    example: 'public',
  },
  CDS_CORS_ORIGINS: {
    schema: listOfOrigins.default([]),
    meaning: 'Browser origins that may call the CDS routes',
    example: 'https://sandbox.cds-hooks.org',
  },
  CALLS_PER_MINUTE: {
    schema: wholeNumber(1, 1_000_000).default(6_000),
    meaning: 'Calls one issuer may make per minute, all replicas together',
    example: '6000',
  },
  FRAME_ANCESTORS: {
    schema: listOfOrigins.default([]),
    meaning: 'EHR origins that may show the evidence page inside themselves',
    example: 'https://ehr.example.org',
  },
  SMART_EHRS_FILE: {
    schema: filePath.optional(),
    meaning:
      'JSON list of EHRs that may open the evidence page as a SMART app: [{"iss", "clientId", "clientAuth"?, "clientSecret"?, "scope"?, "issuer"?}] (see docs/runbook.md); default: none',
    example: '/run/secrets/smart-ehrs.json',
  },
  SMART_CARD_LINKS: {
    schema: flag.default(false),
    meaning: 'Whether a card opens the evidence page by a SMART launch instead of a short-lived link',
    example: 'true',
  },
  ORDER_BUDGET_MS: {
    schema: wholeNumber(50, 10_000).default(400),
    meaning:
      'Longest time an order waits for a running analysis, from the arrival of its call (CDS Hooks: answer in about 500 ms)',
    example: '400',
  },
  ORDER_CODES_FILE: {
    schema: filePath.optional(),
    meaning: 'Local order codes that also mean thrombectomy: a FHIR ValueSet in JSON',
    example: '/etc/thrombectomy-cds/local-orders.json',
  },
  ORDER_MAPPING_FILE: {
    schema: filePath.optional(),
    meaning:
      'Order codes to include or exclude, system aliases and text phrases, in place of cds-hooks/thrombectomy-risk/order-mapping.json',
    example: '/etc/thrombectomy-cds/order-mapping.json',
  },
  ORDER_TEXT_MATCH: {
    schema: flag.default(false),
    meaning: 'Also match orders that carry only text (say "mechanical thrombectomy")',
    example: 'false',
  },
  TIME_ZONE: {
    schema: z.string().refine(isTimeZone, 'no IANA time zone').default('UTC'),
    meaning: 'Time zone of the times on cards (IANA name)',
    example: 'Europe/Berlin',
  },
  SHADOW_MODE: {
    schema: flag.default(false),
    meaning: 'Run and record everything, show no card and open no evidence page: for a trial before going live',
    example: 'false',
  },
  CT_MAX_AGE_HOURS: {
    schema: wholeNumber(1, 168).default(24),
    meaning: 'Oldest CT that may answer an order, in hours before the order',
    example: '24',
  },
  MIN_EVIDENCE_LEVEL: {
    schema: z.enum(EVIDENCE_LEVELS).default('site-validated'),
    meaning: 'Weakest evidence whose numbers may be shown; everything below is withheld and named',
    example: 'site-validated',
  },
  MODELS_DIR: {
    schema: filePath.default('models'),
    meaning: 'Where the networks and their contracts are',
    example: 'models',
  },
  ENSEMBLE_FILE: {
    schema: filePath.default('models/ensemble.json'),
    meaning: 'Which networks run together',
    example: 'models/ensemble.json',
  },
  INFERENCE_ENGINE: {
    schema: z.enum(['in-process', 'open-inference']).default('in-process'),
    meaning: 'Where the networks run: this machine, or a GPU node that speaks the Open Inference Protocol',
    example: 'in-process',
  },
  INFERENCE_URL: {
    schema: httpUrl.optional(),
    meaning: 'Base address of the GPU node; required for INFERENCE_ENGINE open-inference',
    example: 'http://triton:8000',
  },
  INFERENCE_FALLBACK: {
    schema: flag.default(true),
    meaning: 'Whether this machine runs the networks itself while the GPU node is down',
    example: 'true',
  },
  INFERENCE_DEVICE: {
    schema: z.enum(['cpu', 'cuda']).default('cpu'),
    meaning:
      'What runs the networks on this machine; cuda needs the CUDA files of onnxruntime-node and must give the golden vectors at each start (untested on a device)',
    example: 'cpu',
  },
  INFERENCE_THREADS: {
    schema: wholeNumber(1, 64).default(2),
    meaning: 'CPU threads of one network run',
    example: '2',
  },
  DATA_DIR: {
    schema: filePath.default('var'),
    meaning: 'Folder of the embedded database, or "memory" to keep nothing; unused when DATABASE_URL is set',
    example: '/var/lib/thrombectomy-cds',
  },
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    meaning: 'PostgreSQL shared by replicas; default: embedded PGlite in DATA_DIR',
    example: 'postgres://cds@db/cds',
    secret: true,
  },
  LINK_SECRET: {
    schema: z.string().min(32).optional(),
    meaning: 'Key of the short-lived evidence links, shared by replicas; default: a new one at each start',
    example: '32 or more random characters',
    secret: true,
  },
  LINK_LIFETIME_MINUTES: {
    schema: wholeNumber(1, 1_440).default(60),
    meaning: 'How long the link of a card, or a SMART launch, opens the evidence page',
    example: '60',
  },
  SWEEP_CRON: {
    schema: z
      .string()
      .refine((text) => isCronExpression(text), 'no cron expression')
      .default('*/30 * * * * *'),
    meaning: 'When new head CT are looked for (node-cron, with seconds)',
    example: '*/30 * * * * *',
  },
  SWEEP_LOOKBACK_HOURS: {
    schema: wholeNumber(1, 72).default(6),
    meaning: 'How far back one sweep looks',
    example: '6',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: httpUrl.optional(),
    meaning: 'OpenTelemetry collector (OTLP over HTTP) that gets the traces, /v1/traces is added; default: no traces',
    example: 'http://otel-collector:4318',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Config = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };
