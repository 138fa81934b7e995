/**
 * FHIR R4 over HTTP around the sandbox repository, as an express router: mount it where the sandbox wants it.
 * Writes run one after the other, so that a transaction is never seen half done by another write (a reader may
 * see it half done: the base repository has no isolation). Every search page carries `self` and, where there is
 * more, `next`, as real servers do.
 */
import { getStatus, isCreated } from '@medplum/core';
import express from 'express';
import type { Request, Response, Router } from 'express';
import { FhirRouter } from '@medplum/fhir-router';
import type { FhirRequest, HttpMethod } from '@medplum/fhir-router';
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { describeServer } from './capability-statement.ts';
import type { SandboxRepository } from './sandbox-repository.ts';

const JSON_TYPES = ['application/json', 'application/fhir+json', 'application/json-patch+json'];
/** Where the caller asks for no page size; small enough that demos meet paging. */
const DEFAULT_PAGE_SIZE = 50;

export interface FhirRouterOptions {
  readonly repository: SandboxRepository;
  /** False makes the server answer transactions with 400, as servers without them do. */
  readonly transactions?: boolean;
  /** False makes the server ignore If-None-Exist, as servers without conditional create do. */
  readonly conditionalCreate?: boolean;
}

export function createFhirRouter(options: FhirRouterOptions): Router {
  const fhir = new FhirRouter();
  const inTurn = createTurnstile();
  const router = express.Router();
  router.use(express.json({ type: JSON_TYPES, limit: '10mb' }));
  router.use(express.urlencoded({ extended: false }));
  router.get('/metadata', (request, response) => {
    response.type('application/fhir+json').send(JSON.stringify(describeServer(baseUrl(request))));
  });
  router.use(async (request, response) => {
    const transactions = options.transactions ?? true;
    if (!transactions && isTransaction(request.body)) {
      sendOutcome(response, 400, 'Transactions are not supported');
      return;
    }
    if (options.conditionalCreate === false) dropConditions(request);
    const answer = () => fhir.handleRequest(toFhirRequest(request, transactions), options.repository);
    const reads = request.method === 'GET' || request.path.endsWith('/_search');
    const [outcome, resource] = reads ? await answer() : await inTurn(answer);
    sendAnswer(request, response, outcome, resource);
  });
  return router;
}

/** One write at a time: each waits for the one before it, whether that succeeded or failed. */
function createTurnstile(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function dropConditions(request: Request): void {
  delete request.headers['if-none-exist'];
  const { entry } = (request.body ?? {}) as { entry?: { request?: { ifNoneExist?: string } }[] };
  for (const one of entry ?? []) delete one.request?.ifNoneExist;
}

function toFhirRequest(request: Request, transactions: boolean): FhirRequest {
  const url = new URL(request.url, 'http://sandbox');
  const isSearch = request.method === 'GET' && /^\/[A-Za-z]+$/.test(url.pathname);
  if (isSearch && !url.searchParams.has('_count')) url.searchParams.set('_count', String(DEFAULT_PAGE_SIZE));
  return {
    method: request.method as HttpMethod,
    url: `${url.pathname}${url.search}`,
    pathname: '',
    body: request.body as unknown,
    params: {},
    query: {},
    headers: request.headers,
    config: { transactions },
  };
}

function sendAnswer(request: Request, response: Response, outcome: OperationOutcome, resource?: Resource): void {
  const body = resource ?? outcome;
  if (resource?.id && resource.meta?.versionId) {
    response.set('etag', `W/"${resource.meta.versionId}"`);
    if (isCreated(outcome)) response.set('location', `${baseUrl(request)}/${resource.resourceType}/${resource.id}`);
  }
  if (body.resourceType === 'Bundle' && body.type === 'searchset') addLinks(request, body);
  response.status(getStatus(outcome)).type('application/fhir+json').send(JSON.stringify(body));
}

function sendOutcome(response: Response, status: number, diagnostics: string): void {
  response
    .status(status)
    .type('application/fhir+json')
    .send(
      JSON.stringify({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'not-supported', diagnostics }],
      }),
    );
}

function addLinks(request: Request, bundle: Bundle): void {
  const self = new URL(`${baseUrl(request)}${request.url}`);
  const offset = Number(self.searchParams.get('_offset') ?? 0);
  const count = Number(self.searchParams.get('_count') ?? DEFAULT_PAGE_SIZE);
  bundle.link = [{ relation: 'self', url: self.href }];
  if ((bundle.total ?? 0) > offset + count && count > 0) {
    self.searchParams.set('_offset', String(offset + count));
    bundle.link.push({ relation: 'next', url: self.href });
  }
  for (const entry of bundle.entry ?? []) {
    if (entry.resource) entry.fullUrl = `${baseUrl(request)}/${entry.resource.resourceType}/${entry.resource.id ?? ''}`;
  }
}

function isTransaction(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'transaction';
}

function baseUrl(request: Request): string {
  return `${request.protocol}://${request.get('host') ?? 'localhost'}${request.baseUrl}`;
}
