/**
 * FeedbackStore on the database. EHRs resend feedback, so one (issuer, card, outcome, time) is one row.
 * Comments are free text of clinicians: stored, never logged.
 */
import type { CardFeedback, FeedbackStore } from '../assessment/domain/ports.ts';
import type { Database } from './database.ts';

interface FeedbackRow {
  service_id: string;
  card_uuid: string;
  outcome: 'accepted' | 'overridden';
  accepted_suggestion_ids: string[];
  override_reason: NonNullable<CardFeedback['overrideReason']> | null;
  user_comment: string | null;
  outcome_at: Date;
  issuer: string;
  decision: string;
}

export function createFeedbackStore(database: Database): FeedbackStore {
  return {
    /** One statement however many cards: they come gathered, and a row each would cost a round trip each. */
    rememberCards: async (cards) => {
      await database.query(
        `INSERT INTO issued_card (card_uuid, assessment_key, decision, hook_instance, issued_at)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
         ON CONFLICT (card_uuid) DO NOTHING`,
        [
          cards.map((card) => card.cardUuid),
          cards.map((card) => card.assessmentKey ?? null),
          cards.map((card) => card.decision),
          cards.map((card) => card.hookInstance),
          cards.map((card) => card.issuedAt),
        ],
      );
    },
    record: (feedback) =>
      database.transaction(async (transaction) => {
        for (const entry of feedback) await insertFeedback(transaction, entry);
      }),
    findByAssessment: async (key) => {
      const { rows } = await database.query<FeedbackRow>(
        `SELECT f.*, c.decision FROM card_feedback f JOIN issued_card c ON c.card_uuid = f.card_uuid
         WHERE c.assessment_key = $1 ORDER BY f.outcome_at, f.card_uuid`,
        [key],
      );
      return rows.map(toFeedback);
    },
  };
}

async function insertFeedback(transaction: Database, entry: CardFeedback): Promise<void> {
  await transaction.query(
    `INSERT INTO card_feedback (service_id, card_uuid, outcome, accepted_suggestion_ids, override_reason, user_comment, outcome_at, issuer)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [
      entry.serviceId,
      entry.cardUuid,
      entry.outcome,
      JSON.stringify(entry.acceptedSuggestionIds),
      entry.overrideReason === undefined ? null : JSON.stringify(entry.overrideReason),
      entry.userComment ?? null,
      entry.outcomeAt,
      entry.issuer,
    ],
  );
}

function toFeedback(row: FeedbackRow): CardFeedback & { readonly decision: string } {
  return {
    serviceId: row.service_id,
    cardUuid: row.card_uuid,
    outcome: row.outcome,
    acceptedSuggestionIds: row.accepted_suggestion_ids,
    ...(row.override_reason === null ? {} : { overrideReason: row.override_reason }),
    ...(row.user_comment === null ? {} : { userComment: row.user_comment }),
    outcomeAt: row.outcome_at.toISOString(),
    issuer: row.issuer,
    decision: row.decision,
  };
}
