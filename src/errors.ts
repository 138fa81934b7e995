/**
 * The one error family. Callers switch on `code`, never on text.
 * A fault carries a stable code, an HTTP mapping, the clause of the standard it concerns and its cause.
 * Expected refusals (no CT, wrong body part, ...) are not errors: see assessment/domain/abstention.ts.
 */

/** Stable code -> HTTP status and the specification clause that asks for it. */
export const ERROR_CODES = {
  'config-invalid': { status: 500, spec: 'docs/configuration.md' },
  'request-malformed': { status: 400, spec: 'CDS Hooks 2.0, Calling a CDS Service' },
  'caller-unverified': { status: 401, spec: 'CDS Hooks 2.0, Trusting CDS Clients' },
  forbidden: { status: 403, spec: 'RFC 9110 15.5.4' },
  'service-unknown': { status: 404, spec: 'CDS Hooks 2.0, Calling a CDS Service' },
  'not-found': { status: 404, spec: 'RFC 9110 15.5.5' },
  'method-not-allowed': { status: 405, spec: 'RFC 9110 15.5.6' },
  'prefetch-unavailable': { status: 412, spec: 'CDS Hooks 2.0, Prefetch query failure' },
  'request-too-large': { status: 413, spec: 'RFC 9110 15.5.14' },
  'content-type-unsupported': { status: 415, spec: 'RFC 9110 15.5.16' },
  'rate-limited': { status: 429, spec: 'RFC 6585 4' },
  'answer-invalid': { status: 500, spec: 'CDS Hooks 2.0, CDS Service Response' },
  'fhir-unavailable': { status: 502, spec: 'FHIR R4 http' },
  'fhir-refused': { status: 502, spec: 'FHIR R4 http#ops' },
  'report-too-large': { status: 413, spec: 'docs/monitoring.md' },
  'fhir-not-allowed': { status: 412, spec: 'docs/threat-model.md, SSRF' },
  'pacs-unavailable': { status: 502, spec: 'DICOM PS3.18 10.4' },
  'pacs-refused': { status: 502, spec: 'DICOM PS3.18 10.4' },
  'pacs-store-refused': { status: 502, spec: 'DICOM PS3.4 B.2.3' },
  'pacs-not-allowed': { status: 502, spec: 'docs/threat-model.md, SSRF' },
  'pacs-answer-malformed': { status: 502, spec: 'DICOM PS3.18 8.6' },
  'dicom-malformed': { status: 502, spec: 'DICOM PS3.10 7' },
  'study-arriving': { status: 503, spec: 'docs/adr/0006-a-study-that-is-still-arriving.md' },
  'pixels-corrupt': { status: 502, spec: 'DICOM PS3.5 8.2' },
  'codec-failed': { status: 500, spec: 'DICOM PS3.5 8.2' },
  'contract-invalid': { status: 500, spec: 'models/contract.schema.json' },
  'model-digest-mismatch': { status: 500, spec: 'models/contract.schema.json#model' },
  'inference-failed': { status: 500, spec: 'models/README.md' },
  'inference-unavailable': { status: 503, spec: 'Open Inference Protocol v2' },
  'queue-unavailable': { status: 503, spec: 'docs/architecture.md, jobs' },
  'storage-unavailable': { status: 503, spec: 'docs/architecture.md, storage' },
  'deadline-exceeded': { status: 504, spec: 'CDS Hooks 2.0, Providing FHIR Resources (500 ms)' },
  internal: { status: 500, spec: 'RFC 9110 15.6.1' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface FaultOptions {
  cause?: unknown;
  /** May the same call succeed later without anybody changing anything? */
  retryable?: boolean;
  /** Earliest moment at which a retry makes sense, in ms from now (Retry-After). */
  retryAfterMs?: number;
  /** Facts for the log. Never names, identifiers of patients, pixels or tokens. */
  details?: Readonly<Record<string, string | number | boolean>>;
}

/** A fault with a stable code. `message` is for logs and integrators; it never holds PHI or a token. */
export class Fault extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get spec(): string {
    return ERROR_CODES[this.code].spec;
  }
}

export function isFault(value: unknown): value is Fault {
  return value instanceof Fault;
}

/** Any thrown value as a Fault: a Fault stays itself, an abort becomes `deadline-exceeded`, the rest `internal`. */
export function toFault(value: unknown, fallback: ErrorCode = 'internal'): Fault {
  if (isFault(value)) return value;
  if (value instanceof Error && (value.name === 'AbortError' || value.name === 'TimeoutError')) {
    return new Fault('deadline-exceeded', 'The time allowed for this step ran out', { cause: value, retryable: true });
  }
  return new Fault(fallback, 'An unexpected fault', { cause: value });
}
