/**
 * The order form as FHIR: one draft ServiceRequest, and the CDS Hooks context around it (order-select 1.0,
 * order-sign 1.0).
 */
import type { ServiceRequest } from '@medplum/fhirtypes';
import { z } from 'zod';
import { requireOrderable } from './orderables.ts';

const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/);

export const orderForm = z.strictObject({
  patientId: fhirId,
  orderableId: z.string(),
  /** Chosen by the page, so that select and sign speak of the same draft. */
  draftId: fhirId,
  priority: z.enum(['routine', 'urgent', 'asap', 'stat']),
  side: z.enum(['left', 'right']).optional(),
  note: z.string().max(500).optional(),
});

export type OrderForm = z.infer<typeof orderForm>;

export interface OrderSetting {
  readonly practitionerId: string;
  readonly encounterId?: string;
  /** ISO 8601 instant. */
  readonly orderedAt: string;
}

/** SNOMED CT laterality qualifiers, as the FHIR R4 body site examples use them. */
const SIDES = {
  left: { system: 'http://snomed.info/sct', code: '7771000', display: 'Left' },
  right: { system: 'http://snomed.info/sct', code: '24028007', display: 'Right' },
} as const;

export function toServiceRequest(form: OrderForm, setting: OrderSetting): ServiceRequest {
  const orderable = requireOrderable(form.orderableId);
  return {
    resourceType: 'ServiceRequest',
    id: form.draftId,
    status: 'draft',
    intent: 'order',
    priority: form.priority,
    code: { coding: orderable.code.map((coding) => ({ ...coding })), text: orderable.display },
    subject: { reference: `Patient/${form.patientId}` },
    ...(setting.encounterId === undefined ? {} : { encounter: { reference: `Encounter/${setting.encounterId}` } }),
    authoredOn: setting.orderedAt,
    requester: { reference: `Practitioner/${setting.practitionerId}` },
    ...(form.side === undefined ? {} : { bodySite: [{ coding: [SIDES[form.side]] }] }),
    ...(form.note === undefined || form.note.trim() === '' ? {} : { note: [{ text: form.note.trim() }] }),
  };
}

export type OrderHook = 'order-select' | 'order-sign';

/** `selections` belongs to order-select alone. */
export function toHookContext(hook: OrderHook, order: ServiceRequest, setting: OrderSetting): Record<string, unknown> {
  return {
    userId: `Practitioner/${setting.practitionerId}`,
    patientId: order.subject.reference?.slice('Patient/'.length),
    ...(setting.encounterId === undefined ? {} : { encounterId: setting.encounterId }),
    ...(hook === 'order-select' ? { selections: [`ServiceRequest/${order.id ?? ''}`] } : {}),
    draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: order }] },
  };
}
