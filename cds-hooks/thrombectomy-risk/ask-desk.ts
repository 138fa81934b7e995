/**
 * From a hook call to a question for the desk: whose CT, as of when, read where. What could answer for the wrong
 * patient is refused here, before anything is looked up.
 */
import type { OrderAnswer, OrderDesk } from '../../src/assessment/domain/order-answer.ts';
import type { CtSearch } from '../../src/assessment/domain/ports.ts';
import type { CdsRequest, CdsServiceContext } from '../../src/cds/cds-service.ts';
import { isSameServer } from '../../src/assessment/domain/same-server.ts';
import { isAllowedFhirServer } from '../../src/cds/fhir-server.ts';
import type { OrderContext } from '../../src/cds/order-context.ts';
import { readPrefetch } from '../../src/cds/prefetch.ts';
import { Fault, isFault } from '../../src/errors.ts';
import type { MatchedOrder } from './order-matching.ts';
import { findOrderTime } from './order-time.ts';

export interface HookCall {
  readonly request: CdsRequest;
  readonly order: OrderContext;
  readonly matched: readonly MatchedOrder[];
  readonly context: CdsServiceContext;
}

/** Throws Fault `request-malformed` (another patient) or `fhir-not-allowed` (another server). */
export function requireAnswerable({ request, order, matched, context }: HookCall, ownFhirServer: string): void {
  requireSamePatient(order, matched);
  requireKnownServer(request, context, ownFhirServer);
}

/** An order that names another patient than the context does must not be answered from either chart. */
function requireSamePatient(order: OrderContext, matched: readonly MatchedOrder[]): void {
  if (matched.some((one) => one.patientId !== undefined && one.patientId !== order.patientId)) {
    throw new Fault('request-malformed', 'context.draftOrders: an order names another patient than context.patientId');
  }
}

/**
 * The same patient id means somebody else on another server; and an address we call is not chosen by strangers.
 * Another server that is agreed on must be readable: without its token our own chart would answer for it (ADR 0063).
 */
function requireKnownServer(
  { fhirServer, fhirAuthorization }: CdsRequest,
  { caller }: CdsServiceContext,
  ownFhirServer: string,
): void {
  if (fhirServer === undefined) return;
  const isOwn = (address: string): boolean => isSameServer(address, ownFhirServer);
  if (isOwn(fhirServer) && caller.fhirServers.some(isOwn)) return;
  const others = caller.fhirServers.filter((one) => !isOwn(one));
  if (!isAllowedFhirServer(fhirServer, others)) {
    throw new Fault('fhir-not-allowed', 'fhirServer: this address is not agreed on with this caller');
  }
  if (fhirAuthorization === undefined) {
    throw new Fault('fhir-not-allowed', 'fhirServer: a server that is not our own is answered for only with its token');
  }
}

/** Throws Fault `prefetch-unavailable` when required data can be had nowhere; other faults pass. */
export async function askDesk(
  desk: OrderDesk,
  { request, order, matched, context }: HookCall,
  maximumAgeHours: number,
): Promise<OrderAnswer> {
  const prefetched = readPrefetch(request, 'imagingStudies');
  const orderId = matched.find((one) => one.id !== undefined)?.id;
  const search: CtSearch = {
    patientId: order.patientId,
    orderedAt: findOrderTime(matched, context.receivedAt).toISOString(),
    maximumAgeHours,
    ...(prefetched.kind === 'present' ? { prefetched: prefetched.resource } : {}),
    ...(prefetched.kind === 'empty' ? { prefetched: null } : {}),
    ...readCallerAccess(request),
  };
  const audit = {
    hookInstance: request.hookInstance,
    userId: order.userId,
    caller: context.caller.issuer,
    ...(order.encounterId === undefined ? {} : { encounterId: order.encounterId }),
    ...(orderId === undefined ? {} : { orderId }),
  };
  try {
    return await desk.answer({ search, audit }, { signal: context.signal });
  } catch (error) {
    throw toPrefetchFault(error, prefetched.kind);
  }
}

function readCallerAccess(request: CdsRequest): Pick<CtSearch, 'callerAccess'> {
  const { fhirServer, fhirAuthorization } = request;
  if (fhirServer === undefined || fhirAuthorization === undefined) return {};
  return { callerAccess: { fhirServer, accessToken: fhirAuthorization.access_token } };
}

/** Required data neither prefetched nor readable: SHALL be 412 (CDS Hooks 2.0, Prefetch Template). */
function toPrefetchFault(error: unknown, prefetched: string): unknown {
  const isMissing = prefetched === 'absent' || prefetched === 'failed';
  if (!isMissing || !isFault(error) || !['fhir-unavailable', 'fhir-refused'].includes(error.code)) return error;
  const message = 'The imaging studies of the patient could be read neither from prefetch nor from a FHIR server';
  return new Fault('prefetch-unavailable', message, { cause: error, retryable: error.retryable });
}
