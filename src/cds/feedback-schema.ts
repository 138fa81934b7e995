/**
 * What a clinician did with our cards, as the client reports it (CDS Hooks 2.0, Feedback; invariants fb-1 to fb-3).
 * The same outcome may be sent again, and for a card we never heard of: both are kept, neither is an error.
 */
import { z } from 'zod';
import type { CardFeedback } from '../assessment/domain/ports.ts';
import { extension, text } from './coding.ts';

const MAXIMUM_ENTRIES = 200;
/** FHIR R4 string and PostgreSQL's text hold no U+0000: feedback is kept without it rather than not at all. */
const storable = (value: string): string => value.replaceAll('\u0000', '');
const storableText = text.transform(storable);
/** Free text is PHI: bounded, stored, never logged. */
const userComment = z.string().max(4000).transform(storable);

const acceptedSuggestion = z.object({ id: text.max(128).transform(storable) });

const overrideReason = z.object({
  /** What else a client says of it (FHIR R4 Coding: version, userSelected) is left out. */
  reason: z.object({ code: storableText, system: storableText, display: storableText.optional() }).optional(),
  userComment: userComment.optional(),
});

const base = z.object({
  card: z.guid(),
  /** RFC 3339 with an offset; kept as UTC. */
  outcomeTimestamp: z.iso.datetime({ offset: true }),
  extension: extension.optional(),
});

export const cdsFeedback = z.object({
  feedback: z
    .array(
      z.discriminatedUnion('outcome', [
        base.extend({
          outcome: z.literal('accepted'),
          acceptedSuggestions: z.array(acceptedSuggestion).min(1).max(MAXIMUM_ENTRIES),
        }),
        base.extend({ outcome: z.literal('overridden'), overrideReason: overrideReason.optional() }),
      ]),
    )
    .min(1)
    .max(MAXIMUM_ENTRIES),
});

export type CdsFeedback = z.infer<typeof cdsFeedback>;

/** The client's report in the words of the domain; who reported it comes from the verified token. */
export function toCardFeedback(message: CdsFeedback, serviceId: string, issuer: string): readonly CardFeedback[] {
  return message.feedback.map((entry) => ({
    serviceId,
    issuer,
    cardUuid: entry.card.toLowerCase(),
    outcome: entry.outcome,
    outcomeAt: new Date(entry.outcomeTimestamp).toISOString(),
    acceptedSuggestionIds: entry.outcome === 'accepted' ? entry.acceptedSuggestions.map((one) => one.id) : [],
    ...(entry.outcome === 'overridden' ? toReason(entry.overrideReason) : {}),
  }));
}

function toReason(given: z.infer<typeof overrideReason> | undefined): Partial<CardFeedback> {
  const { reason, userComment: comment } = given ?? {};
  const named = reason && {
    system: reason.system,
    code: reason.code,
    ...(reason.display === undefined ? {} : { display: reason.display }),
  };
  return {
    ...(named === undefined ? {} : { overrideReason: named }),
    ...(comment === undefined || comment === '' ? {} : { userComment: comment }),
  };
}
