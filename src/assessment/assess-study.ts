/**
 * The line: one CT study in, one assessment in the chart. Read it from top to bottom.
 * Refusals (no usable CT) are answers and are recorded like any other; faults (a PACS that is down, a study that is
 * still arriving) are thrown, and the queue decides when to try again. Running it twice writes nothing twice: the key is
 * deterministic.
 */
import { createArrivalWatch } from './arrival.ts';
import { createAssessmentKey, createRevisionKey } from './assessment-key.ts';
import { decide, type NetworkRun } from './decide.ts';
import type { Abstention } from './domain/abstention.ts';
import type { CtReport, CtStudy, HeldSeries } from './domain/ct-study.ts';
import { weakestEvidence, type EvidenceLevel } from './domain/evidence-level.ts';
import type { Finding, StudyAssessment } from './domain/finding.ts';
import type {
  AnalysisJob,
  Chart,
  CtSource,
  EvidenceStore,
  ListHeldSeries,
  NetworkEngine,
  TensorMaker,
} from './domain/ports.ts';
import { TARGETS, type Target } from './domain/target.ts';
import { traceStep } from '../tracing.ts';
import { toEvidence } from './evidence.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';
import { withholdForecasts } from './withhold-forecasts.ts';

export interface StudyAssessorParts {
  readonly ctSource: CtSource;
  readonly listHeldSeries: ListHeldSeries;
  readonly tensorMaker: TensorMaker;
  readonly engine: NetworkEngine;
  readonly evidence: EvidenceStore;
  readonly record: Chart['recordAssessment'];
  readonly minimumEvidence: EvidenceLevel;
  readonly now: () => Date;
}

export type AssessStudy = (
  study: CtStudy,
  options: {
    readonly signal: AbortSignal;
    readonly urgency?: AnalysisJob['urgency'] | undefined;
    /** When the analysis was first asked for: the end of waiting for images is counted from there. */
    readonly askedAt?: Date | undefined;
    /** Number of the revision, where images came after the study had been assessed (ADR 0007). */
    readonly revision?: number | undefined;
    /** Images came of which the chart does not know: its date of change says nothing about them (ADR 0006). */
    readonly isChartBehind?: boolean;
  },
) => Promise<StudyAssessment>;

export function createStudyAssessor(parts: StudyAssessorParts): AssessStudy {
  const { ctSource, tensorMaker, engine, evidence, record, minimumEvidence } = parts;
  const arrival = createArrivalWatch(parts.now);

  return async function assessStudy(study, { signal, urgency, revision = 0, ...asked }) {
    const stopwatch = createStopwatch();
    // Before the first image is read: what comes in between is asked for once too often, never passed over (ADR 0007).
    const held = await stopwatch.time('archive', parts.listHeldSeries(study, { signal }));
    const identity = identify(study, engine.ensemble.digest, minimumEvidence, revision);
    const subject = { ...identity, ...describeStudy(study, held) };
    const ct = await stopwatch.time('ct', ctSource.loadHeadCt(study, { signal }));
    arrival.requireArrived(study, ct, asked);
    if (ct.kind === 'refused') return conclude(subject, abstainOnAll(ct.abstention), ct.report, stopwatch, { signal });

    const runs: NetworkRun[] = [];
    for (const network of engine.ensemble.networks) {
      const input = await stopwatch.time('tensors', tensorMaker.makeInput(ct.volume, network.recipe, { signal }));
      if ('kind' in input) return conclude(subject, abstainOnAll(input), ct.report, stopwatch, { signal });
      const answer = await stopwatch.time(network.network, engine.run(network, input, { signal, urgency }));
      runs.push({ network, input, answer });
    }

    const { combination } = engine.ensemble;
    const decided = traceStep('decide', {}, () =>
      forEachTarget((target) => decide(target, runs, combination, minimumEvidence)),
    );
    const findings = withholdForecasts(decided);
    await stopwatch.time('evidence', evidence.save(toEvidence(subject.key, runs)));
    return conclude(subject, findings, ct.report, stopwatch, {
      signal,
      inputDigest: ct.volume.digest,
      seriesInstanceUid: ct.seriesInstanceUid,
    });
  };

  /** No usable CT says nothing about evidence; what the weights are worth is said all the same. */
  function abstainOnAll(abstention: Abstention): StudyAssessment['findings'] {
    return forEachTarget((target) => ({ ...abstention, target, evidenceLevel: levelOf(target) }));
  }

  function levelOf(target: Target): EvidenceLevel {
    const contracts = engine.ensemble.networks.flatMap((network) => network.targets);
    return weakestEvidence(contracts.filter((one) => one.target === target).map((one) => one.evidenceLevel));
  }

  async function conclude(
    subject: Subject,
    findings: StudyAssessment['findings'],
    report: CtReport,
    stopwatch: Stopwatch,
    extra: { signal: AbortSignal; inputDigest?: string; seriesInstanceUid?: string },
  ): Promise<StudyAssessment> {
    const { signal, ...digests } = extra;
    const assessment: StudyAssessment = {
      ...subject,
      ensemble: summariseEnsemble(engine),
      assessedAt: parts.now().toISOString(),
      findings,
      report,
      stagesMs: { ...report.stagesMs, ...stopwatch.read() },
      ...digests,
    };
    await record(assessment, { signal });
    return assessment;
  }
}

/** What an assessment is about, and under which key. */
type Subject = ReturnType<typeof identify> & ReturnType<typeof describeStudy>;

function identify(
  { studyInstanceUid }: CtStudy,
  ensembleDigest: string,
  minimumEvidence: EvidenceLevel,
  number: number,
): Pick<StudyAssessment, 'key' | 'revision'> {
  const firstKey = createAssessmentKey(studyInstanceUid, ensembleDigest, minimumEvidence);
  return { key: createRevisionKey(firstKey, number), ...(number > 0 && { revision: { number, firstKey } }) };
}

function describeStudy(study: CtStudy, held: readonly HeldSeries[] | undefined) {
  const { patientId, imagingStudyId, studyInstanceUid, startedAt, startedPrecision, choiceReason } = study;
  return {
    ...{ patientId, imagingStudyId, studyInstanceUid },
    studyStartedAt: startedAt,
    ...(startedPrecision === undefined ? {} : { startedPrecision }),
    studyChoiceReason: choiceReason,
    listedSeries: study.series,
    ...(held === undefined ? {} : { heldSeries: held }),
  };
}

function forEachTarget(decideOne: (target: Target) => Finding): StudyAssessment['findings'] {
  const [first, second, third] = TARGETS;
  return [decideOne(first), decideOne(second), decideOne(third)];
}

function summariseEnsemble(engine: NetworkEngine): StudyAssessment['ensemble'] {
  const { id, version, digest, networks } = engine.ensemble;
  return {
    id,
    version,
    digest,
    networks: networks.map((network) => ({
      network: network.network,
      displayName: network.displayName,
      version: network.version,
      digest: network.digest,
    })),
  };
}
