/**
 * Which draft orders are thrombectomies. Codes come from a FHIR ValueSet and from the site's own mapping file, both
 * data; matching is exact on system and code. Texts are matched only where a site turns that on. Status is not
 * asked for `draft` (order-sign also fires on re-signing); only orders that will not happen are left out.
 */
import { z } from 'zod';
import { Fault } from '../../src/errors.ts';
import type { DraftOrder } from '../../src/cds/order-context.ts';

const code = z.object({ system: z.string().min(1), code: z.string().min(1), display: z.string().optional() });

const orderMapping = z.object({
  /** Other names a code system goes by in the field, e.g. its OID. */
  systemAliases: z.record(z.string(), z.string()).default({}),
  include: z.array(code).default([]),
  /** Wins over everything else. */
  exclude: z.array(code).default([]),
  textMatch: z
    .object({
      enabled: z.boolean().default(false),
      phrases: z.array(z.string().min(3)).default([]),
      notWhen: z.array(z.string().min(3)).default([]),
    })
    .prefault({}),
});

const valueSet = z.object({
  resourceType: z.literal('ValueSet'),
  compose: z.object({
    include: z.array(z.object({ system: z.string(), concept: z.array(z.object({ code: z.string() })).min(1) })).min(1),
  }),
});

/** A concept of an order as far as it is read; anything unexpected reads as nothing. */
const conceptOfOrder = z
  .object({
    text: z.string().optional().catch(undefined),
    coding: z
      .array(
        z.object({
          system: z.string().optional().catch(undefined),
          code: z.string().optional().catch(undefined),
          display: z.string().optional().catch(undefined),
        }),
      )
      .optional()
      .catch(undefined),
  })
  .catch({});

/** Orders in these states do not lead to an intervention any more. */
const OVER = ['revoked', 'completed', 'entered-in-error'];

export interface MatchedOrder {
  readonly id?: string;
  /** What the order calls itself: untrusted text. */
  readonly label?: string;
  /** FHIR id of the patient it names, where it names one by a plain reference. */
  readonly patientId?: string;
  /** When it was written; absent for a draft, and where it does not say to the second. */
  readonly authoredAt?: Date;
}

export interface OrderMatcher {
  /** The thrombectomies among the orders, in their order. */
  match(orders: readonly DraftOrder[]): readonly MatchedOrder[];
}

export interface OrderMatching {
  /** FHIR ValueSets with enumerated codes: the project's own and, where a site has one, its local one. */
  readonly valueSets: readonly unknown[];
  readonly mapping: unknown;
  /** Overrides `textMatch.enabled` of the mapping. */
  readonly matchText?: boolean;
}

/** Throws Fault `config-invalid` for a value set without enumerated codes or a malformed mapping. */
export function createOrderMatcher(data: OrderMatching): OrderMatcher {
  const mapping = requireData(orderMapping, data.mapping, 'order mapping');
  const codes = data.valueSets.flatMap(listCodes);
  const toKey = (one: { readonly system?: string | undefined; readonly code?: string | undefined }): string => {
    const system = one.system ?? '';
    return `${mapping.systemAliases[system] ?? system}|${(one.code ?? '').trim()}`;
  };
  const included = new Set([...codes, ...mapping.include].map(toKey));
  const excluded = new Set(mapping.exclude.map(toKey));
  const textMatch = { ...mapping.textMatch, enabled: data.matchText ?? mapping.textMatch.enabled };

  function isThrombectomy(concept: z.infer<typeof conceptOfOrder>): boolean {
    const keys = (concept.coding ?? []).map(toKey);
    if (keys.some((key) => excluded.has(key))) return false;
    if (keys.some((key) => included.has(key))) return true;
    return textMatch.enabled && matchesText(listTexts(concept), textMatch);
  }

  return {
    match(orders) {
      return orders.filter(isStillWanted).flatMap((order) => {
        const concept = conceptOfOrder.parse(order['code']);
        return isThrombectomy(concept) ? [toMatchedOrder(order, concept)] : [];
      });
    },
  };
}

function listCodes(value: unknown): readonly { readonly system: string; readonly code: string }[] {
  const { compose } = requireData(valueSet, value, 'value set of thrombectomy orders');
  return compose.include.flatMap((part) => part.concept.map((one) => ({ system: part.system, code: one.code })));
}

function isStillWanted(order: DraftOrder): boolean {
  const status = order['status'];
  const isOver = typeof status === 'string' && OVER.includes(status);
  return order.resourceType === 'ServiceRequest' && !isOver && order['doNotPerform'] !== true;
}

function listTexts(concept: z.infer<typeof conceptOfOrder>): readonly string[] {
  return [concept.text, ...(concept.coding ?? []).map((one) => one.display)].filter((one) => one !== undefined);
}

function matchesText(
  texts: readonly string[],
  rules: { readonly phrases: readonly string[]; readonly notWhen: readonly string[] },
): boolean {
  const plain = texts.map((one) => one.normalize('NFKC').toLowerCase());
  const holds = (phrase: string): boolean => plain.some((one) => one.includes(phrase.toLowerCase()));
  return rules.phrases.some(holds) && !rules.notWhen.some(holds);
}

function toMatchedOrder(order: DraftOrder, concept: z.infer<typeof conceptOfOrder>): MatchedOrder {
  const label = listTexts(concept).find((one) => one.trim() !== '');
  const patientId = readPatientId(order['subject']);
  const authoredAt = readAuthoredAt(order);
  return {
    ...(order.id === undefined ? {} : { id: order.id }),
    ...(label === undefined ? {} : { label }),
    ...(patientId === undefined ? {} : { patientId }),
    ...(authoredAt === undefined ? {} : { authoredAt }),
  };
}

/** FHIR R4 dateTime: a time has a zone. A day alone may be before or after the CT. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function readAuthoredAt(order: DraftOrder): Date | undefined {
  const { status, authoredOn } = order;
  if (typeof status !== 'string' || status === 'draft' || typeof authoredOn !== 'string') return undefined;
  if (!INSTANT.test(authoredOn) || Number.isNaN(Date.parse(authoredOn))) return undefined;
  return new Date(authoredOn);
}

/** `Patient/x`, also at the end of an absolute address or versioned; contained and urn references name nobody here. */
function readPatientId(subject: unknown): string | undefined {
  const reference = (subject as { reference?: unknown } | null | undefined)?.reference;
  if (typeof reference !== 'string') return undefined;
  return /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(reference)?.[1];
}

function requireData<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Fault(
    'config-invalid',
    `The ${name} is not usable: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}
