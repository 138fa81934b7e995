/**
 * The line: one CT study in, one assessment in the chart. Read it from top to bottom.
 * Refusals (no usable CT) are answers and are recorded like any other; faults (a PACS that is down) are thrown,
 * and the queue decides when to try again. Running it twice writes nothing twice: the key is deterministic.
 */
import { createAssessmentKey } from './assessment-key.ts';
import { decide, type NetworkRun } from './decide.ts';
import type { Abstention } from './domain/abstention.ts';
import type { CtReport, CtStudy } from './domain/ct-study.ts';
import { weakestEvidence, type EvidenceLevel } from './domain/evidence-level.ts';
import type { Finding, StudyAssessment } from './domain/finding.ts';
import type { AnalysisJob, Chart, CtSource, EvidenceStore, NetworkEngine, TensorMaker } from './domain/ports.ts';
import { TARGETS, type Target } from './domain/target.ts';
import { Fault } from '../errors.ts';
import { traceStep } from '../tracing.ts';
import { toEvidence } from './evidence.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';
import { withholdForecasts } from './withhold-forecasts.ts';

export interface StudyAssessorParts {
  readonly ctSource: CtSource;
  readonly tensorMaker: TensorMaker;
  readonly engine: NetworkEngine;
  readonly evidence: EvidenceStore;
  readonly record: Chart['recordAssessment'];
  readonly minimumEvidence: EvidenceLevel;
  readonly now: () => Date;
}

/** A study younger than this may still be on its way to the PACS. */
const ARRIVAL_WINDOW_MS = 60 * 60_000;
/** From the midnight (UTC) of a day to its end where it ends last, at UTC-12. */
const DAY_ENDS_AFTER_MS = (24 + 12) * 3_600_000;

export type AssessStudy = (
  study: CtStudy,
  options: { readonly signal: AbortSignal; readonly urgency?: AnalysisJob['urgency'] | undefined },
) => Promise<StudyAssessment>;

export function createStudyAssessor(parts: StudyAssessorParts): AssessStudy {
  const { ctSource, tensorMaker, engine, evidence, record, minimumEvidence } = parts;

  return async function assessStudy(study, { signal, urgency }) {
    const stopwatch = createStopwatch();
    const ct = await stopwatch.time('ct', ctSource.loadHeadCt(study, { signal }));
    if (ct.kind === 'refused') {
      requireArrived(study, ct.abstention, parts.now());
      return conclude(study, abstainOnAll(ct.abstention), ct.report, stopwatch, { signal });
    }

    const runs: NetworkRun[] = [];
    for (const network of engine.ensemble.networks) {
      const input = await stopwatch.time('tensors', tensorMaker.makeInput(ct.volume, network.recipe, { signal }));
      if ('kind' in input) return conclude(study, abstainOnAll(input), ct.report, stopwatch, { signal });
      const answer = await stopwatch.time(network.network, engine.run(network, input, { signal, urgency }));
      runs.push({ network, input, answer });
    }

    const { combination } = engine.ensemble;
    const decided = traceStep('decide', {}, () =>
      forEachTarget((target) => decide(target, runs, combination, minimumEvidence)),
    );
    const findings = withholdForecasts(decided);
    await stopwatch.time('evidence', evidence.save(toEvidence(keyOf(study), runs)));
    return conclude(study, findings, ct.report, stopwatch, {
      signal,
      inputDigest: ct.volume.digest,
      seriesInstanceUid: ct.seriesInstanceUid,
    });
  };

  function keyOf(study: CtStudy): string {
    return createAssessmentKey(study.studyInstanceUid, engine.ensemble.digest, minimumEvidence);
  }

  /** No usable CT says nothing about evidence; what the weights are worth is said all the same. */
  function abstainOnAll(abstention: Abstention): StudyAssessment['findings'] {
    return forEachTarget((target) => ({ ...abstention, target, evidenceLevel: levelOf(target) }));
  }

  function levelOf(target: Target): EvidenceLevel {
    const contracts = engine.ensemble.networks.flatMap((network) => network.targets);
    return weakestEvidence(contracts.filter((one) => one.target === target).map((one) => one.evidenceLevel));
  }

  async function conclude(
    study: CtStudy,
    findings: StudyAssessment['findings'],
    report: CtReport,
    stopwatch: Stopwatch,
    extra: { signal: AbortSignal; inputDigest?: string; seriesInstanceUid?: string },
  ): Promise<StudyAssessment> {
    const { signal, ...digests } = extra;
    const assessment: StudyAssessment = {
      key: keyOf(study),
      ...describeStudy(study),
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

/** An incomplete study that may be fresh is asked for again instead of being refused for good (ADR 0006). */
function requireArrived(study: CtStudy, { reason, detail }: Abstention, now: Date): void {
  const latestStart = Date.parse(study.startedAt) + (study.startedPrecision === 'day' ? DAY_ENDS_AFTER_MS : 0);
  const ageMs = now.getTime() - latestStart;
  if (reason === 'study-incomplete' && ageMs < ARRIVAL_WINDOW_MS) {
    throw new Fault('study-arriving', detail, { retryable: true });
  }
}

function describeStudy(study: CtStudy) {
  const { patientId, imagingStudyId, studyInstanceUid, startedAt, startedPrecision, choiceReason } = study;
  return {
    ...{ patientId, imagingStudyId, studyInstanceUid },
    studyStartedAt: startedAt,
    ...(startedPrecision === undefined ? {} : { startedPrecision }),
    studyChoiceReason: choiceReason,
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
