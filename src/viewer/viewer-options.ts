/** Everything the evidence page needs from the rest of the service, in the domain's own words. */
import type { Logger } from 'pino';
import type { EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import type { AnalysisQueue, AuditTrail, Chart, EvidenceStore, FeedbackStore } from '../assessment/domain/ports.ts';
import type { LateImageWatch } from '../assessment/late-image-watch.ts';
import type { BiomarkerReader } from '../assessment/biomarkers/read-biomarkers.ts';
import type { ScoreReader } from '../assessment/scores/create-score-reader.ts';
import type { VerifyLink, VerifySession } from './admit-visit.ts';
import type { BaseRates } from './finding-view.ts';
import type { ChooseTexts } from './page-texts.ts';
import type { ViewHistory } from './view-history.ts';
import type { VolumeShelf } from './volume-shelf.ts';

export interface ViewerOptions {
  readonly verifyLink: VerifyLink;
  /** SMART launches; without it only links open the page. */
  readonly verifySession?: VerifySession | undefined;
  /** A trial in shadow mode: nothing opens the page. */
  readonly isShadow: boolean;
  /** Below it nothing the networks said is shown, whenever it was recorded. */
  readonly minimumEvidence: EvidenceLevel;
  readonly chooseTexts: ChooseTexts;
  readonly chart: Pick<Chart, 'findAssessment' | 'findCurrentAssessment'>;
  readonly queue: Pick<AnalysisQueue, 'findState'>;
  readonly lateImages: Pick<LateImageWatch, 'isKnownLate' | 'lookSoon'>;
  readonly evidence: Pick<EvidenceStore, 'find'>;
  readonly feedback: Pick<FeedbackStore, 'findByAssessment'>;
  readonly volumes: VolumeShelf;
  /** HTI and SEDAN; without it the page has no scores. */
  readonly readScores?: ScoreReader;
  /** Exploratory markers; without it the page has none. */
  readonly readBiomarkers?: BiomarkerReader;
  /** Who was told and who looked; without it the page names only the query. */
  readonly readViews?: ViewHistory;
  /** Parsed contract.json of every network that runs. */
  readonly contracts: readonly unknown[];
  /** Folder with roc.png, calibration.png and decision.png of the weights in use; what is missing is left out. */
  readonly evaluationFolder?: string;
  readonly baseRates: BaseRates;
  /** For the links to the chart. */
  readonly fhirBaseUrl: string;
  readonly audit: AuditTrail;
  readonly logger: Logger;
  readonly now: () => Date;
  /** How long one request may take, the CT's way from the archive included. */
  readonly timeoutMs?: number;
}
