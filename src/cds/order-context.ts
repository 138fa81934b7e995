/**
 * The context of the two order hooks (hook library 1.0.1: order-sign 1.0, order-select 1.0). Identifiers are held
 * to FHIR's own grammar here, because they end up in search URLs.
 */
import { z } from 'zod';
import { text } from './coding.ts';
import { parseMessage, type CdsRequest } from './request-schema.ts';

const MAXIMUM_ORDERS = 500;
const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'must be a FHIR id');

/** `Practitioner/x` or `PractitionerRole/x` (invariant ord-1). */
const userId = z
  .string()
  .regex(/^(Practitioner|PractitionerRole)\/[A-Za-z0-9\-.]{1,64}$/, 'must be Practitioner/id or PractitionerRole/id');

const draftOrder = z.looseObject({ resourceType: text, id: z.string().optional() });

/** Read loosely: details may be missing at order-select, and other entries are none of our business. */
const draftOrders = z.object({
  resourceType: z.literal('Bundle'),
  entry: z
    .array(z.object({ resource: draftOrder.optional() }))
    .max(MAXIMUM_ORDERS)
    .optional(),
});

const orderSignContext = z.object({ userId, patientId: fhirId, encounterId: fhirId.optional(), draftOrders });
const orderSelectContext = orderSignContext.extend({ selections: z.array(text).min(1).max(MAXIMUM_ORDERS) });

export type DraftOrder = z.infer<typeof draftOrder>;

export interface OrderContext {
  readonly userId: string;
  readonly patientId: string;
  readonly encounterId?: string;
  /** Every draft order of the Bundle; at order-select only those the user has just selected. */
  readonly orders: readonly DraftOrder[];
}

/** Throws Fault `request-malformed`. */
export function parseOrderContext(request: CdsRequest): OrderContext {
  if (request.hook !== 'order-select') return toOrderContext(parseMessage(orderSignContext, request.context));
  const context = parseMessage(orderSelectContext, request.context);
  const selected = new Set(context.selections);
  return toOrderContext(
    context,
    (order) => order.id !== undefined && selected.has(`${order.resourceType}/${order.id}`),
  );
}

function toOrderContext(
  context: z.infer<typeof orderSignContext>,
  isMeant: (order: DraftOrder) => boolean = () => true,
): OrderContext {
  const orders = (context.draftOrders.entry ?? []).flatMap((entry) => entry.resource ?? []).filter(isMeant);
  const { userId: user, patientId, encounterId } = context;
  return { userId: user, patientId, ...(encounterId === undefined ? {} : { encounterId }), orders };
}
