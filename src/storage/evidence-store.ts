/**
 * EvidenceStore on the database: one gzipped JSON document per assessment. Saving the same key again replaces
 * it (the key holds study and model digest, so the content is the same up to timing).
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { AssessmentEvidence } from '../assessment/domain/finding.ts';
import type { EvidenceStore } from '../assessment/domain/ports.ts';
import type { Database } from './database.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Six decimals: far below what a map's pixel can show, and a third of the bytes. */
const DECIMALS = 1e6;

export function createEvidenceStore(database: Database): EvidenceStore {
  return {
    save: async (evidence) => {
      const body = await compress(JSON.stringify(evidence, roundNumber));
      await database.query(
        'INSERT INTO assessment_evidence (key, body) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET body = EXCLUDED.body, saved_at = now()',
        [evidence.key, body],
      );
    },
    find: async (key) => {
      const { rows } = await database.query<{ body: Uint8Array }>(
        'SELECT body FROM assessment_evidence WHERE key = $1',
        [key],
      );
      const body = rows[0]?.body;
      return body === undefined ? undefined : (JSON.parse((await decompress(body)).toString()) as AssessmentEvidence);
    },
  };
}

function roundNumber(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * DECIMALS) / DECIMALS : value;
}
