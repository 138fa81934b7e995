/**
 * The steps of a walk as OpenTelemetry spans, from the order to the RiskAssessment. Every room may use this file; the
 * SDK and its exporter are loaded only where traces go somewhere (observability/start-tracing.ts), otherwise a step
 * costs the call of its work. What a span may hold is the closed list below: no identifier of a patient, a study or an
 * order, no text, no token. A fault is named by its code alone.
 */
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { toFault } from './errors.ts';

/** Everything that a span may say. `assessment.key` is a SHA-256 (assessment-key.ts). */
export interface StepFacts {
  readonly 'assessment.key'?: string;
  readonly 'cds.service'?: string;
  readonly 'cds.hook'?: string;
  readonly 'cds.cards'?: number;
  readonly 'job.attempt'?: number;
  readonly 'job.queue'?: string;
  readonly 'job.urgency'?: string;
  readonly 'network.name'?: string;
  readonly 'network.version'?: string;
  readonly 'ct.slices'?: number;
  /** How it ended where that is not a fault: `found`, `missing`, a reason of abstention. */
  readonly outcome?: string;
}

export interface Step {
  add(facts: StepFacts): void;
}

export interface StepOrigin {
  /** Begins a tree of its own, below the `traceparent` where one is given (W3C Trace Context); one that is malformed is ignored. */
  readonly from: 'caller' | 'queue' | 'schedule';
  readonly traceparent?: string | undefined;
}

const TRACER = 'thrombectomy-cds';
const KINDS = { caller: SpanKind.SERVER, queue: SpanKind.CONSUMER, schedule: SpanKind.INTERNAL } as const;

/** Runs the work inside a span; its promise, where it is one, ends the span. Throws what the work throws. */
export function traceStep<Result>(
  name: string,
  facts: StepFacts,
  work: (step: Step) => Result,
  origin?: StepOrigin,
): Result {
  const parent = origin === undefined ? context.active() : readParent(origin.traceparent);
  const kind = origin === undefined ? SpanKind.INTERNAL : KINDS[origin.from];
  return trace.getTracer(TRACER).startActiveSpan(name, { kind, attributes: { ...facts } }, parent, (span) => {
    const step: Step = { add: (more) => void span.setAttributes({ ...more }) };
    try {
      const result = work(step);
      if (!(result instanceof Promise)) return end(span, result);
      return result.then(
        (value: unknown) => end(span, value),
        (error: unknown) => fail(span, error),
      ) as Result;
    } catch (error) {
      return fail(span, error);
    }
  });
}

/** A step that overlaps others: it ends when it is told to, and nothing runs inside it. */
export function startStep(name: string): { end(): void } {
  const span = trace.getTracer(TRACER).startSpan(name);
  return { end: () => span.end() };
}

/** What a job carries so that its spans hang below this one; empty where nothing is traced. */
export function carryTrace(): { readonly traceparent?: string } {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
}

/** `tracestate` and `baggage` are left where they are: a caller could put any text into them. */
function readParent(traceparent: string | undefined) {
  return traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}

function end<Result>(span: Span, result: Result): Result {
  span.end();
  return result;
}

function fail(span: Span, error: unknown): never {
  const { code } = toFault(error);
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.end();
  throw error;
}
