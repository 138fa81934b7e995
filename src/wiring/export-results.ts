/**
 * Results back to the archive, where the site turned it on: what a delivery does (read the assessment as the chart has
 * it now, store it, audit it), and the settings of the archive. Nothing here is waited for by an analysis or an order.
 */
import type { Logger } from 'pino';
import { isAbstention } from '../assessment/domain/abstention.ts';
import type { AuditTrail, Chart, EvidenceStore, ResultArchive } from '../assessment/domain/ports.ts';
import type { EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import { withholdWeakEvidence } from '../assessment/withhold-weak-evidence.ts';
import type { Config } from '../config/settings.ts';
import { Fault, toFault } from '../errors.ts';
import type { DicomwebCtSource } from '../imaging/ct-source.ts';
import type { WorkerPool } from '../imaging/imaging-workers.ts';
import { createResultArchive } from '../imaging/results/result-archive.ts';
import type { OwedResult } from '../jobs/result-outbox.ts';
import { toPacsEndpoint } from './connect-pacs.ts';

export interface ExportParts {
  readonly chart: Pick<Chart, 'findAssessment' | 'readCtStudy'>;
  readonly evidence: Pick<EvidenceStore, 'find'>;
  readonly archive: ResultArchive;
  readonly audit: AuditTrail;
  /** For the audit: which archive. */
  readonly destination: string;
  /** What waited from before the site raised it goes by the level of today. */
  readonly minimumEvidence: EvidenceLevel;
  readonly logger: Logger;
  readonly now: () => Date;
}

export type ExportResult = (owed: OwedResult, options: { readonly signal: AbortSignal }) => Promise<void>;

/** Undefined where the site does not want results in its archive (the default). */
export function openResultArchive(
  config: Config,
  parts: { readonly ctSource: DicomwebCtSource; readonly workers: WorkerPool; readonly softwareVersion: string },
): ResultArchive | undefined {
  if (!config.RESULTS_TO_PACS) return undefined;
  return createResultArchive({
    ...parts,
    endpoint: toPacsEndpoint(config, 'RESULTS_PACS'),
    timeZone: config.TIME_ZONE,
  });
}

export function createResultExport(parts: ExportParts): ExportResult {
  const { chart, evidence, archive, logger } = parts;
  return async function exportResult({ key }, { signal }) {
    const recorded = await chart.findAssessment(key, { signal });
    if (!recorded) throw new Fault('not-found', 'The assessment is not in the chart any more');
    const assessment = withholdWeakEvidence(recorded, parts.minimumEvidence);
    const study = await chart.readCtStudy(assessment.imagingStudyId, { signal });
    if ('kind' in study && isAbstention(study)) {
      throw new Fault('not-found', `The imaging study is not usable any more (${study.reason})`);
    }
    try {
      const fate = await archive.store({ study, assessment, evidence: await evidence.find(key) }, { signal });
      logger.info({ key, ...fate }, 'result and archive');
      if (fate.kind === 'stored') await audit(parts, assessment, undefined);
    } catch (error) {
      const fault = toFault(error);
      if (fault.code === 'pacs-store-refused') await audit(parts, assessment, fault);
      throw fault;
    }
  };
}

/** Patient data left for another system, or were refused there for good. */
async function audit(
  { audit: trail, destination, now }: ExportParts,
  { key, patientId }: StudyAssessment,
  fault: Fault | undefined,
): Promise<void> {
  await trail.record({
    kind: 'results-exported',
    at: now().toISOString(),
    outcome: fault ? 'serious-failure' : 'success',
    patientId,
    assessmentKey: key,
    destination,
    ...(fault && { code: fault.code }),
  });
}
