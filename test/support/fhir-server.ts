/**
 * The sandbox FHIR server with faults that a test switches on: each fault answers the next matching requests
 * instead of the server, and every request is remembered.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { createSandboxFhirServer } from '../../src/sandbox/fhir-server/create-sandbox-fhir-server.ts';
import type {
  SandboxFhirServer,
  SandboxFhirServerOptions,
} from '../../src/sandbox/fhir-server/create-sandbox-fhir-server.ts';

export type FhirFault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Answers with this body and type, whatever was asked. */
  | { readonly kind: 'body'; readonly status: number; readonly type: string; readonly body: string }
  /** The server does the work, and the client is told this status all the same. */
  | { readonly kind: 'disguise'; readonly status: number }
  /** The connection is cut before (`request`) or after (`response`) the server did the work. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'slow'; readonly delayMs: number };

export interface FaultPlan {
  readonly fault: FhirFault;
  /** How many matching requests meet it; all of them when left out. */
  readonly times?: number;
  readonly match?: (request: { readonly method: string; readonly path: string }) => boolean;
}

export interface SeenRequest {
  readonly method: string;
  /** Path below the FHIR base with its query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface TestFhirServer extends SandboxFhirServer {
  readonly seen: SeenRequest[];
  plan(plan: FaultPlan): void;
  /** Drops all planned faults and forgets what was seen. */
  reset(): void;
}

export async function startFhirServer(options: SandboxFhirServerOptions = {}): Promise<TestFhirServer> {
  const seen: SeenRequest[] = [];
  const plans: { left: number; plan: FaultPlan }[] = [];
  const server = await createSandboxFhirServer({
    ...options,
    before: (request, response, next) => {
      const url = request.originalUrl.replace(/^\/fhir\/?/, '');
      seen.push({
        method: request.method,
        url,
        authorization: request.get('authorization'),
        headers: request.headers,
      });
      const due = plans.find(
        ({ left, plan }) =>
          left > 0 && (plan.match?.({ method: request.method, path: url.split('?')[0] ?? '' }) ?? true),
      );
      if (!due) {
        if (options.before) void options.before(request, response, next);
        else next();
        return;
      }
      due.left -= 1;
      void play(due.plan.fault, request, response, next);
    },
  });
  return {
    ...server,
    seen,
    plan: (plan) => void plans.push({ left: plan.times ?? Number.POSITIVE_INFINITY, plan }),
    reset: () => {
      plans.length = 0;
      seen.length = 0;
    },
  };
}

async function play(fault: FhirFault, request: Request, response: Response, next: () => void): Promise<void> {
  if (fault.kind === 'status') {
    response
      .status(fault.status)
      .set(fault.headers ?? {})
      .type('application/fhir+json')
      .send('{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}');
  } else if (fault.kind === 'body') {
    response.status(fault.status).type(fault.type).send(fault.body);
  } else if (fault.kind === 'disguise') {
    const send = response.send.bind(response);
    response.send = () => {
      response.status(fault.status);
      return send('{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict"}]}');
    };
    next();
  } else if (fault.kind === 'slow') {
    await delay(fault.delayMs);
    next();
  } else if (fault.when === 'before') {
    request.socket.destroy();
  } else {
    response.send = () => {
      request.socket.destroy();
      return response;
    };
    next();
  }
}
