/** Tables of this room. Append; never edit a step that was released. */
import type { Migration } from './database.ts';

export const STORAGE_MIGRATIONS: readonly Migration[] = [
  {
    id: 'storage-0001-evidence',
    statements: [
      `CREATE TABLE assessment_evidence (
         key text PRIMARY KEY,
         body bytea NOT NULL,
         saved_at timestamptz NOT NULL DEFAULT now()
       )`,
    ],
  },
  {
    id: 'storage-0002-feedback',
    statements: [
      `CREATE TABLE issued_card (
         card_uuid text PRIMARY KEY,
         assessment_key text,
         decision text NOT NULL,
         hook_instance text NOT NULL,
         issued_at timestamptz NOT NULL
       )`,
      'CREATE INDEX issued_card_assessment ON issued_card (assessment_key)',
      `CREATE TABLE card_feedback (
         service_id text NOT NULL,
         card_uuid text NOT NULL,
         outcome text NOT NULL CHECK (outcome IN ('accepted', 'overridden')),
         accepted_suggestion_ids jsonb NOT NULL,
         override_reason jsonb,
         user_comment text,
         outcome_at timestamptz NOT NULL,
         issuer text NOT NULL,
         received_at timestamptz NOT NULL DEFAULT now(),
         PRIMARY KEY (issuer, card_uuid, outcome, outcome_at)
       )`,
      'CREATE INDEX card_feedback_card ON card_feedback (card_uuid)',
    ],
  },
];
