/** The evidence page with everything it shows: chart, CT, maps, scores, feedback, model cards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';
import type { Logger } from 'pino';
import { loadPublishedEvidence } from '../../evidence/published-evidence.ts';
import { loadServiceData } from '../../cds-hooks/thrombectomy-risk/service-data.ts';
import type { EnsembleContract } from '../assessment/domain/model-contract.ts';
import type { AnalysisQueue, AuditTrail, Chart, EvidenceStore, FeedbackStore } from '../assessment/domain/ports.ts';
import { createBiomarkerReader } from '../assessment/biomarkers/read-biomarkers.ts';
import type { LateImageWatch } from '../assessment/late-image-watch.ts';
import { createScoreReader, type ChartSearch } from '../assessment/scores/create-score-reader.ts';
import type { Config } from '../config/settings.ts';
import type { DicomwebCtSource } from '../imaging/ct-source.ts';
import type { LinkSigner } from '../security/link-signer.ts';
import type { VerifySession } from '../viewer/admit-visit.ts';
import { createViewerRouter } from '../viewer/create-viewer-router.ts';
import type { ChooseTexts } from '../viewer/page-texts.ts';
import { createPublishedRouter } from '../viewer/published/create-published-router.ts';
import { createViewHistory } from '../viewer/view-history.ts';
import { createVolumeShelf } from '../viewer/volume-shelf.ts';
import type { Closers } from './closers.ts';

export interface ViewerWiring {
  readonly chart: Pick<Chart, 'findAssessment' | 'findCurrentAssessment' | 'readCtStudy'>;
  readonly search: ChartSearch;
  readonly queue: AnalysisQueue;
  readonly lateImages: LateImageWatch;
  readonly evidence: EvidenceStore;
  readonly feedback: FeedbackStore;
  readonly ctSource: DicomwebCtSource;
  readonly ensemble: EnsembleContract;
  readonly links: LinkSigner;
  readonly verifySession?: VerifySession | undefined;
  readonly chooseTexts: ChooseTexts;
  readonly audit: AuditTrail;
  readonly closers: Closers;
  readonly logger: Logger;
  readonly now: () => Date;
}

export function buildViewer(config: Config, wiring: ViewerWiring): Router {
  const { links, chart, ctSource, closers, ensemble } = wiring;
  const volumes = createVolumeShelf({ chart, ctSource });
  closers.add('volumes', () => {
    volumes.clear();
    return Promise.resolve();
  });
  const { baseRates } = loadServiceData(config.LANGUAGE);
  const usual = baseRates['ich-after-evt'];
  const published = createPublishedRouter({
    evidence: loadPublishedEvidence(),
    chooseTexts: wiring.chooseTexts,
    ...(usual.kind === 'pooled' ? { usualPool: usual.pool } : {}),
  });
  const evidencePage = createViewerRouter({
    ...wiring,
    volumes,
    isShadow: config.SHADOW_MODE,
    minimumEvidence: config.MIN_EVIDENCE_LEVEL,
    verifyLink: (key, query) => links.verify(key, query),
    readScores: createScoreReader(wiring.search),
    readBiomarkers: createBiomarkerReader(wiring.search),
    readViews: createViewHistory(wiring.search),
    contracts: ensemble.networks.map((network) => readContract(config.MODELS_DIR, network)),
    evaluationFolder: join(config.MODELS_DIR, 'evaluation'),
    baseRates,
    fhirBaseUrl: config.FHIR_BASE_URL,
  });
  return express.Router().use(published, evidencePage);
}

/** As it stands on disk: its schema was checked when the networks were loaded. */
function readContract(modelsDir: string, { network, version }: { network: string; version: string }): unknown {
  return JSON.parse(readFileSync(join(modelsDir, network, version, 'contract.json'), 'utf8')) as unknown;
}
