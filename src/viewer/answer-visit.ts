/** What a visit gets: the result if it stands in the chart, else where the analysis is; and the CT slice by slice. */
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Fault, toFault } from '../errors.ts';
import type { CtVolume } from '../assessment/domain/ct-volume.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { AnalysisState } from '../assessment/domain/ports.ts';
import { TARGETS } from '../assessment/domain/target.ts';
import { findFirstKey } from '../assessment/assessment-key.ts';
import { withholdWeakEvidence } from '../assessment/withhold-weak-evidence.ts';
import type { BiomarkerReading } from '../assessment/biomarkers/read-biomarkers.ts';
import type { ScoreResult } from '../assessment/scores/compute-score.ts';
import type { Visit } from './admit-visit.ts';
import type { ViewAudit } from './view-audit.ts';
import type { PastView } from './view-history.ts';
import type { ViewerOptions } from './viewer-options.ts';
import { encodeSlice } from './encode-slice.ts';
import {
  chooseFirstSlice,
  toEvidenceView,
  toMapsView,
  toVolumeView,
  type EvidenceView,
  type Outdated,
} from './evidence-view.ts';
import type { PageTexts } from './page-texts.ts';
import type { OpenedVolume } from './volume-shelf.ts';

/** What the router was made from, and its memory of who looked. */
export type VisitParts = ViewerOptions & { readonly views: ViewAudit };

export type ResultAnswer =
  | ({ readonly kind: 'ready' } & EvidenceView)
  | { readonly kind: 'pending'; readonly state: AnalysisState; readonly message: string };

/** The launch or the card was for another patient's chart than the one this assessment stands in. */
export class PatientMismatch extends Fault {
  constructor() {
    super('forbidden', 'The evidence belongs to another patient than the launch or the link');
  }
}

/** A result that is shown is audited first; without one, nothing about the patient leaves. */
export async function answerResult(options: VisitParts, texts: PageTexts, visit: Visit): Promise<ResultAnswer> {
  const assessment = await findOwn(options, visit);
  if (!assessment) {
    const state = await options.queue.findState(visit.key);
    return { kind: 'pending', state, message: texts.states[state.kind] };
  }
  await options.views.record(visit, assessment);
  const [feedback, outdated] = await Promise.all([
    options.feedback.findByAssessment(visit.key),
    findOutdated(options, assessment, visit),
  ]);
  const { baseRates, fhirBaseUrl } = options;
  const { expiresAt, grant } = visit;
  return {
    kind: 'ready',
    ...toEvidenceView({
      ...{ assessment, outdated, feedback, baseRates, texts, fhirBaseUrl, expiresAt },
      userId: grant.userId,
    }),
  };
}

/**
 * Images that came after this assessment (ADR 0007): covered by a newer one, or by none yet. The page shows this one all
 * the same, and says so. Nobody waits here for the archive; the next visit is told what it says.
 */
async function findOutdated(
  { chart, lateImages, logger }: VisitParts,
  assessment: StudyAssessment,
  visit: Visit,
): Promise<Outdated | undefined> {
  const orUnknown = (error: unknown): undefined => {
    logger.warn({ code: toFault(error).code }, 'whether images came after an assessment could not be read');
  };
  const [current, isLate] = await Promise.all([
    chart.findCurrentAssessment(findFirstKey(assessment), visit).catch(orUnknown),
    lateImages.isKnownLate(assessment, visit).catch(orUnknown),
  ]);
  if (current && current.key !== assessment.key) return { supersededAt: current.assessedAt };
  lateImages.lookSoon(assessment);
  return isLate ? { hasLateImages: true } : undefined;
}

export interface ContextAnswer {
  readonly scores: readonly ScoreResult[];
  readonly biomarkers: readonly BiomarkerReading[];
  readonly views: readonly PastView[];
}

/** Beside the networks and slower than them, hence asked for on its own. What cannot be read is empty. */
export async function answerContext(options: VisitParts, visit: Visit): Promise<ContextAnswer> {
  const assessment = await requireAssessment(options, visit);
  await options.views.ensure(visit, () => Promise.resolve(assessment));
  const { patientId } = assessment;
  const orNothing = <Item>(reading: Promise<readonly Item[]> | undefined) =>
    (reading ?? Promise.resolve([])).catch((error: unknown): readonly Item[] => {
      options.logger.warn({ code: toFault(error).code }, 'a part of the context could not be read from the chart');
      return [];
    });
  const [scores, biomarkers, views] = await Promise.all([
    orNothing(options.readScores?.({ patientId, ...toScoreTime(assessment), now: options.now() }, visit)),
    orNothing(options.readBiomarkers?.(patientId, visit)),
    orNothing(options.readViews?.(visit.key, visit)),
  ]);
  return { scores, biomarkers, views };
}

function toScoreTime({ startedPrecision, studyStartedAt }: StudyAssessment): { readonly ctStartedAt?: Date } {
  return startedPrecision === 'day' ? {} : { ctStartedAt: new Date(studyStartedAt) };
}

/** What the CT looks like and how each network scored its slices. Throws Fault `not-found` while there is no result. */
export async function describeVolume(options: VisitParts, visit: Visit, response: Response): Promise<void> {
  const assessment = await requireAssessment(options, visit);
  await options.views.ensure(visit, () => Promise.resolve(assessment));
  const opened = await options.volumes.open(assessment, visit);
  if (opened.kind === 'unavailable') {
    response.json({ kind: 'unavailable', detail: opened.detail });
    return;
  }
  const evidence = await options.evidence.find(visit.key);
  response.json({
    kind: 'volume',
    ...toVolumeView(opened.volume, opened.isWhatNetworksSaw, assessment, evidence),
  });
}

/** Activation maps of one finding; withheld ones, and those of another CT, do not exist. Throws Fault `not-found`. */
export async function sendMaps(options: VisitParts, visit: Visit, request: Request, response: Response): Promise<void> {
  await options.views.ensure(visit, () => requireAssessment(options, visit));
  const target = z.enum(TARGETS).safeParse(request.params['target']).data;
  const evidence = target && (await options.evidence.find(visit.key));
  const maps = target && evidence && toMapsView(target, await requireAssessment(options, visit), evidence);
  const opened = maps && (await openVolume(options, visit));
  if (opened?.kind !== 'volume' || !opened.isWhatNetworksSaw) {
    throw new Fault('not-found', 'There are no maps for this finding');
  }
  response.json(maps);
}

/**
 * The slice the page opens on, for whoever does not know yet which one it is or whether there is a CT at all: nothing
 * (204) where there is none.
 */
export async function sendFirstSlice(options: VisitParts, visit: Visit, response: Response): Promise<void> {
  const assessment = await requireAssessment(options, visit);
  await options.views.ensure(visit, () => Promise.resolve(assessment));
  const opened = await options.volumes.open(assessment, visit);
  if (opened.kind === 'unavailable') {
    response.status(204).end();
    return;
  }
  await sendPixels(opened.volume, chooseFirstSlice(opened.volume, opened.isWhatNetworksSaw, assessment), response);
}

/** One slice, compressed (encode-slice.ts); nothing may keep it. Throws Fault `not-found`. */
export async function sendSlice(
  options: VisitParts,
  visit: Visit,
  request: Request,
  response: Response,
): Promise<void> {
  await options.views.ensure(visit, () => requireAssessment(options, visit));
  const opened = await openVolume(options, visit);
  const index = Number(request.params['index']);
  if (opened.kind === 'unavailable') throw new Fault('not-found', 'The CT is not available any more');
  if (!Number.isInteger(index) || index < 0 || index >= opened.volume.sliceCount) {
    throw new Fault('not-found', 'The CT has no such slice');
  }
  await sendPixels(opened.volume, index, response);
}

async function sendPixels(volume: CtVolume, index: number, response: Response): Promise<void> {
  const bytes = await encodeSlice(volume, index);
  response.set({ 'Content-Type': 'application/octet-stream', 'Content-Encoding': 'gzip' }).end(bytes);
}

/** From the shelf where it stands there: then the chart is not asked again. */
async function openVolume(options: VisitParts, visit: Visit): Promise<OpenedVolume> {
  const onShelf = options.volumes.find(visit.key, visit);
  return onShelf ?? options.volumes.open(await requireAssessment(options, visit), visit);
}

async function requireAssessment(options: VisitParts, visit: Visit): Promise<StudyAssessment> {
  const assessment = await findOwn(options, visit);
  if (!assessment) throw new Fault('not-found', 'There is no result yet');
  return assessment;
}

/** Throws PatientMismatch: a launch or a link shows the patient it was made for, and nobody else. */
async function findOwn(options: VisitParts, visit: Visit): Promise<StudyAssessment | undefined> {
  const assessment = await options.chart.findAssessment(visit.key, visit);
  if (assessment && !isMeant(visit.grant, assessment.patientId)) throw new PatientMismatch();
  return assessment && withholdWeakEvidence(assessment, options.minimumEvidence);
}

function isMeant({ patientId, isPatient }: Visit['grant'], ofAssessment: string): boolean {
  return (patientId ?? ofAssessment) === ofAssessment && (isPatient?.(ofAssessment) ?? true);
}
