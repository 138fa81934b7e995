/**
 * What a card's source points to (CDS Hooks 2.0, Source): the model cards of the networks that run, and the icon of
 * 100x100 pixels. Public: nothing here is about a patient.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';
import type { EnsembleContract } from '../assessment/domain/model-contract.ts';

export const CARD_SOURCE_PATHS = { modelCards: '/model-cards', icon: '/icon.png' } as const;

const ICON = new URL('../../cds-hooks/thrombectomy-risk/icon.png', import.meta.url);
/** An icon is shown inside EHRs of other origins (CDS Hooks 2.0, Source.icon). */
const FROM_ANYWHERE = { 'Cross-Origin-Resource-Policy': 'cross-origin', 'Cache-Control': 'public, max-age=86400' };

export function createCardSource(modelsDir: string, ensemble: EnsembleContract): Router {
  const cards = ensemble.networks.map(
    (network) => readModelCard(modelsDir, network) ?? `# ${network.displayName}\n\nNot available.\n`,
  );
  const router = express.Router();
  router.get(CARD_SOURCE_PATHS.modelCards, (_request, response) => {
    response.type('text/markdown').send(cards.join('\n---\n\n'));
  });
  router.get(CARD_SOURCE_PATHS.icon, (_request, response) => {
    response.set(FROM_ANYWHERE).type('png').send(readFileSync(ICON));
  });
  return router;
}

/** Markdown of one network's model card; undefined where there is none. */
export function readModelCard(
  modelsDir: string,
  { network, version }: { network: string; version: string },
): string | undefined {
  try {
    return readFileSync(join(modelsDir, network, version, 'MODEL_CARD.md'), 'utf8');
  } catch {
    return undefined;
  }
}
