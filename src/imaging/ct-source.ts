/**
 * From a study's address to a verified head CT in Hounsfield units, or a refusal with its reason: catalogue, choose a
 * series by the declared rules, plan the volume, fetch and decode, quality gate. Implements the port CtSource and the
 * viewer's way back to the pixels. Throws Fault (`pacs-*`, `deadline-exceeded`) when the PACS fails.
 */
import { abstain, isAbstention, type Abstention } from '../assessment/domain/abstention.ts';
import type { CtLoadResult, CtStudy, HeldSeries } from '../assessment/domain/ct-study.ts';
import type { CtVolume } from '../assessment/domain/ct-volume.ts';
import type { CtSource } from '../assessment/domain/ports.ts';
import { traceStep } from '../tracing.ts';
import { DEFAULT_CT_LIMITS, type CtLimits, type CtSourceOptions } from './ct-source-options.ts';
import { createDicomwebClient } from './dicomweb/dicomweb-client.ts';
import { parseEndpoint, resolveEndpoint } from './dicomweb/pacs-endpoint.ts';
import { passQualityGate } from './quality/quality-gate.ts';
import { listHeldSeries } from './held-series.ts';
import { findIdentityFault } from './identity-check.ts';
import { describeAcquisition, LoadReport } from './load-report.ts';
import { createMissingFault, readSeriesCatalog, type CatalogEntry } from './series-catalog.ts';
import { judgeSeries } from './series-selection/judge-series.ts';
import { parseRules } from './series-selection/rule-schema.ts';
import builtInRules from './series-selection/rules.json' with { type: 'json' };
import { GEOMETRY_LIMITS } from './volume/geometry-limits.ts';
import { planVolume } from './volume/volume-plan.ts';
import type { VolumePlan } from './volume/volume-plan.ts';
import { loadVolume, type LoadedVolume, type VolumeSources } from './volume-loader.ts';

export interface DicomwebCtSource extends CtSource {
  /**
   * The pixels of one series again, for people to look at: same volume, same digest, no selection and no quality
   * gate. Refusals (gaps, corrupt pixels, ...) are values here too.
   */
  loadPixelsForViewing(
    study: CtStudy,
    seriesInstanceUid: string,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly kind: 'volume'; readonly volume: CtVolume } | Abstention>;
  /** What the archive holds of the CT series that loadHeadCt would read, by QIDO-RS alone. */
  listHeldSeries(study: CtStudy, options: { readonly signal: AbortSignal }): Promise<readonly HeldSeries[]>;
  /** WADO-RS metadata of one series as DICOM JSON bytes, for whoever writes objects into the same study. */
  readSeriesMetadata(
    study: CtStudy,
    seriesInstanceUid: string,
    options: { readonly signal: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** Throws Fault `config-invalid` for a wrong endpoint or rule file. */
export function createDicomwebCtSource(options: CtSourceOptions): DicomwebCtSource {
  const rules = parseRules(options.selectionRules ?? builtInRules);
  const now = options.now ?? (() => performance.now());
  const { logger } = options;
  const connect = createConnector(options, now);

  return {
    async loadHeadCt(study, { signal }): Promise<CtLoadResult> {
      const report = new LoadReport(now);
      const sources = connect(study);
      const catalog = await report.time('metadata', () => locate(study, sources, signal));
      if (isRefusal(catalog)) return report.refuse(catalog);
      const { verdicts, chosen } = judgeSeries(
        catalog.map(({ facts }) => facts),
        rules,
      );
      report.series = verdicts;
      if (typeof chosen !== 'string') {
        // A refusal is for good; while a listed series has not arrived, it would be premature.
        const missing = catalog.filter(({ facts }) => facts.availability === 'missing').length;
        if (missing > 0) throw createMissingFault(missing);
        return report.refuse(chosen);
      }
      const entry = catalog.find(({ facts }) => facts.seriesInstanceUid === chosen);
      if (!entry) return report.refuse(abstain('no-suitable-series', 'The study has no CT series'));
      report.acquisition = describeAcquisition(entry);
      const loaded = findIdentityFault(study, entry) ?? (await loadEntry(entry, sources, signal));
      if (isAbstention(loaded)) return report.refuse(loaded);
      report.addStages(loaded.stagesMs);
      report.acquisition = { ...report.acquisition, transferSyntax: loaded.transferSyntaxUids.join(',') };
      const gate = traceStep('ct.quality', {}, () =>
        passQualityGate({ acquired: loaded.acquired, kvp: entry.facts.kvp, measures: loaded.measures }),
      );
      report.quality = gate.checks;
      logger.debug({ stagesMs: report.stagesMs, slices: loaded.volume.sliceCount }, 'CT loaded');
      if (gate.refusal) return report.refuse(gate.refusal);
      return { kind: 'volume', volume: loaded.volume, seriesInstanceUid: chosen, report: report.toReport() };
    },

    async loadPixelsForViewing(study, seriesInstanceUid, { signal }) {
      const sources = connect(study);
      const catalog = await readSeriesCatalog(
        { ...study, series: [{ seriesInstanceUid, modality: 'CT' }] },
        sources,
        signal,
      );
      if (isRefusal(catalog)) return catalog;
      const [entry] = catalog;
      if (entry?.facts.availability === 'missing') throw createMissingFault(1);
      if (!entry) return abstain('no-suitable-series', 'The series does not exist');
      const loaded = findIdentityFault(study, entry) ?? (await loadEntry(entry, sources, signal));
      return isAbstention(loaded) ? loaded : { kind: 'volume', volume: loaded.volume };
    },

    listHeldSeries: async (study, { signal }) => listHeldSeries(study, connect(study), signal),

    readSeriesMetadata: (study, seriesInstanceUid, { signal }) =>
      connect(study).client.retrieveSeriesMetadata(study.studyInstanceUid, seriesInstanceUid, signal),
  };
}

function locate(...asked: Parameters<typeof readSeriesCatalog>): ReturnType<typeof readSeriesCatalog> {
  return traceStep('ct.locate', {}, () => readSeriesCatalog(...asked));
}

function createConnector({ endpoints, workers, limits: changed }: CtSourceOptions, now: () => number) {
  const allowed = endpoints.map((endpoint) => parseEndpoint(endpoint));
  const limits: CtLimits = { ...DEFAULT_CT_LIMITS, ...changed };
  return (study: CtStudy) => ({
    client: createDicomwebClient(resolveEndpoint(study.wadoRsBaseUrl, allowed), limits),
    workers,
    now,
    ...limits,
  });
}

function isRefusal(value: readonly CatalogEntry[] | Abstention): value is Abstention {
  return 'kind' in value;
}

async function loadEntry(
  entry: CatalogEntry,
  sources: VolumeSources,
  signal: AbortSignal,
): Promise<(LoadedVolume & Pick<VolumePlan, 'acquired'>) | Abstention> {
  const plan = planVolume(entry.instances, GEOMETRY_LIMITS);
  if ('kind' in plan) return plan;
  const loaded = await loadVolume(plan, entry, sources, signal);
  return isAbstention(loaded) ? loaded : { ...loaded, acquired: plan.acquired };
}
