/**
 * One logger for the whole process. Patients' names, identifiers, pixels and tokens never reach it: rooms log
 * codes and counts; what slips through an error or a request is cut out here, by paths compiled once.
 */
import { pino, type DestinationStream, type Logger } from 'pino';

/** Paths that are removed wherever they appear up to three levels deep. */
const SENSITIVE = [
  'authorization',
  'access_token',
  'accessToken',
  'token',
  'password',
  'secret',
  'cookie',
  'patientId',
  'patientName',
  'userComment',
];
const REDACTED_PATHS = SENSITIVE.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

export interface LoggerOptions {
  readonly level: string;
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service: 'thrombectomy-cds' },
    redact: { paths: REDACTED_PATHS, remove: true },
    serializers: { err: describeError, error: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface DescribedError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly details?: unknown;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/** What may be said of an error: its message (never made from patient data in this program), code and causes. */
function describeError(value: unknown, depth = 0): DescribedError {
  if (!(value instanceof Error)) return { name: typeof value, message: 'a value that is no Error was thrown' };
  return {
    name: value.name,
    ...('code' in value && typeof value.code === 'string' && { code: value.code }),
    message: value.message.slice(0, MAXIMUM_MESSAGE),
    ...('details' in value && { details: value.details }),
    ...(depth === 0 && value.stack !== undefined && { stack: value.stack }),
    ...(value.cause !== undefined && depth < MAXIMUM_CAUSES && { cause: describeError(value.cause, depth + 1) }),
  };
}

const MAXIMUM_MESSAGE = 500;
const MAXIMUM_CAUSES = 3;
