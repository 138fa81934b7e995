/** The ports of the walk with a span around each call: what is behind them stays as it is. */
import { isAbstention } from '../assessment/domain/abstention.ts';
import type {
  AnalysisQueue,
  Chart,
  CtSource,
  EvidenceStore,
  NetworkEngine,
  TensorMaker,
} from '../assessment/domain/ports.ts';
import { traceStep } from '../tracing.ts';

/** Reads and writes of the chart itself, whoever asks: an order, an analysis, or the outbox after an outage. */
export function traceChart(chart: Chart): Chart {
  return {
    ...chart,
    findPreoperativeCt: (search, call) =>
      traceStep('chart.find-ct', {}, async (step) => {
        const found = await chart.findPreoperativeCt(search, call);
        step.add({ outcome: found.kind === 'found' ? 'found' : found.reason });
        return found;
      }),
    findRecentHeadCts: (since, call) => traceStep('chart.find-recent', {}, () => chart.findRecentHeadCts(since, call)),
    readCtStudy: (imagingStudyId, call) =>
      traceStep('chart.read-study', {}, () => chart.readCtStudy(imagingStudyId, call)),
    findCurrentAssessment: (firstKey, call) =>
      traceStep('chart.find-assessment', { 'assessment.key': firstKey }, async (step) => {
        const found = await chart.findCurrentAssessment(firstKey, call);
        step.add({ outcome: found ? 'found' : 'missing' });
        return found;
      }),
    findAssessment: (key, call) =>
      traceStep('chart.find-assessment', { 'assessment.key': key }, async (step) => {
        const found = await chart.findAssessment(key, call);
        step.add({ outcome: found ? 'found' : 'missing' });
        return found;
      }),
    recordAssessment: (assessment, call) =>
      traceStep('chart.record', { 'assessment.key': assessment.key }, () => chart.recordAssessment(assessment, call)),
  };
}

export function traceQueue<Queue extends AnalysisQueue>(queue: Queue): Queue {
  return {
    ...queue,
    request: (job) =>
      traceStep('queue.request', { 'assessment.key': job.key, 'job.urgency': job.urgency }, () => queue.request(job)),
    waitForEnd: (key, call) =>
      traceStep('queue.wait', { 'assessment.key': key }, async (step) => {
        const state = await queue.waitForEnd(key, call);
        step.add({ outcome: state.kind });
        return state;
      }),
  };
}

/** The parts of one analysis: `locate`, `fetch`, `decode`, `volume` and `quality` are imaging's own steps below `ct`. */
export function traceAnalysisParts<
  Parts extends {
    readonly ctSource: CtSource;
    readonly tensorMaker: TensorMaker;
    readonly engine: NetworkEngine;
    readonly evidence: EvidenceStore;
  },
>(parts: Parts): Parts {
  const { ctSource, tensorMaker, engine, evidence } = parts;
  return {
    ...parts,
    ctSource: {
      loadHeadCt: (study, call) =>
        traceStep('ct', {}, async (step) => {
          const ct = await ctSource.loadHeadCt(study, call);
          step.add({ outcome: ct.kind === 'refused' ? ct.abstention.reason : 'volume' });
          return ct;
        }),
    },
    tensorMaker: {
      makeInput: (volume, recipe, call) =>
        traceStep('tensors', {}, async (step) => {
          const input = await tensorMaker.makeInput(volume, recipe, call);
          if ('kind' in input && isAbstention(input)) step.add({ outcome: input.reason });
          return input;
        }),
    },
    engine: {
      ...engine,
      run: (network, input, call) =>
        traceStep('network', { 'network.name': network.network, 'network.version': network.version }, () =>
          engine.run(network, input, call),
        ),
    },
    evidence: {
      ...evidence,
      save: (saved) => traceStep('evidence', { 'assessment.key': saved.key }, () => evidence.save(saved)),
    },
  };
}
