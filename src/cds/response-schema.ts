/**
 * What leaves this service (CDS Hooks 2.0, CDS Service Response). Strict in every object: a field that the
 * specification does not know, or an element it forbids, stops the answer instead of leaving the process.
 * The conditions resp-1 to resp-7 are the invariants of HL7/cds-hooks input/fsh/invariants.
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';
import { absoluteUrl, coding, displayedCoding, extension, text } from './coding.ts';
import { findEmptyElement } from './json-rule.ts';
import { describeIssues } from './request-schema.ts';

/** "< 140 characters": counted in code points, as the Inferno CRD test kit does. */
export const SUMMARY_LIMIT = 140;

const summary = text.refine((value) => Array.from(value).length < SUMMARY_LIMIT, 'must have fewer than 140 characters');
const resource = z.looseObject({ resourceType: text });
const resourceId = z.string().regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/, 'must be Type/id');

/** resp-2: create and update carry the whole resource, delete carries only its id. */
const action = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('create'), description: text, resource, extension: extension.optional() }),
  z.strictObject({ type: z.literal('update'), description: text, resource, extension: extension.optional() }),
  z.strictObject({ type: z.literal('delete'), description: text, resourceId, extension: extension.optional() }),
]);

const suggestion = z.strictObject({
  label: text,
  uuid: z.guid().optional(),
  isRecommended: z.boolean().optional(),
  actions: z.array(action).min(1).optional(),
  extension: extension.optional(),
});

/** resp-3: appContext goes with SMART launches only. */
const link = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('absolute'), label: text, url: absoluteUrl, extension: extension.optional() }),
  z.strictObject({
    type: z.literal('smart'),
    label: text,
    url: absoluteUrl,
    appContext: text.optional(),
    extension: extension.optional(),
  }),
]);

const source = z.strictObject({
  label: text,
  url: absoluteUrl.optional(),
  icon: absoluteUrl.optional(),
  /** Optional in the text, sent always: Epic and the Inferno kit ask for it. */
  topic: coding,
  extension: extension.optional(),
});

export const card = z
  .strictObject({
    uuid: z.guid(),
    summary,
    detail: text.optional(),
    indicator: z.enum(['info', 'warning', 'critical']),
    source,
    suggestions: z.array(suggestion).min(1).optional(),
    selectionBehavior: z.enum(['any', 'at-most-one']).optional(),
    overrideReasons: z.array(displayedCoding).min(1).optional(),
    links: z.array(link).min(1).optional(),
    extension: extension.optional(),
  })
  .refine((value) => value.suggestions === undefined || value.selectionBehavior !== undefined, {
    path: ['selectionBehavior'],
    message: 'is required when suggestions are present (resp-6)',
  })
  .refine(
    (value) =>
      value.selectionBehavior !== 'at-most-one' ||
      (value.suggestions ?? []).filter((one) => one.isRecommended === true).length <= 1,
    { path: ['suggestions'], message: 'at most one may be recommended with at-most-one (resp-1)' },
  );

const cdsResponse = z
  .strictObject({
    cards: z.array(card),
    systemActions: z.array(action).min(1).optional(),
    extension: extension.optional(),
  })
  .refine((value) => new Set(value.cards.map((one) => one.uuid)).size === value.cards.length, {
    path: ['cards'],
    message: 'card uuids must differ',
  });

export type Card = z.infer<typeof card>;
export type CardLink = z.infer<typeof link>;
export type Suggestion = z.infer<typeof suggestion>;
export type SystemAction = z.infer<typeof action>;
export type CdsResponse = z.infer<typeof cdsResponse>;

/** The answer, unchanged. Throws Fault `answer-invalid` naming the fields, so that nothing wrong is ever sent. */
export function requireValidResponse(response: unknown): CdsResponse {
  const result = cdsResponse.safeParse(response);
  if (!result.success) throw new Fault('answer-invalid', describeIssues(result.error));
  const empty = findEmptyElement(response, ['cards']);
  if (empty !== undefined) throw new Fault('answer-invalid', `${empty} is null or empty`);
  return result.data;
}
