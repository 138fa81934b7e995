/** A synthetic study in a loopback archive, with this room's CT source in front of it. */
import { pino } from 'pino';
import type { CtStudy } from '../../src/assessment/domain/ct-study.ts';
import { createDicomwebCtSource, type DicomwebCtSource } from '../../src/imaging/ct-source.ts';
import type { CtSourceOptions } from '../../src/imaging/ct-source-options.ts';
import { createImagingWorkers, type WorkerPool } from '../../src/imaging/imaging-workers.ts';
import { createCtStudy, type CtStudyOptions, type SyntheticCtStudy } from '../../src/phantom/ct-study.ts';
import { createSandboxPacs, type SandboxPacs } from '../../src/sandbox/pacs/create-sandbox-pacs.ts';

export interface ImagingScene {
  readonly pacs: SandboxPacs;
  readonly source: DicomwebCtSource;
  readonly workers: WorkerPool;
  /** Another source on the same archive and workers. */
  createSource(options: Partial<CtSourceOptions>): DicomwebCtSource;
  /** Makes a study, stores it and says where it is. */
  addStudy(options: CtStudyOptions): Promise<{ readonly study: CtStudy; readonly made: SyntheticCtStudy }>;
  close(): Promise<void>;
}

export const silent = pino({ level: 'silent' });

export async function createImagingScene(): Promise<ImagingScene> {
  const pacs = await createSandboxPacs({ logger: silent });
  const workers = createImagingWorkers();
  const endpoints = [{ baseUrl: pacs.url, credentials: { kind: 'none' }, reach: 'loopback' }] as const;
  const createSource = (options: Partial<CtSourceOptions>): DicomwebCtSource =>
    createDicomwebCtSource({ endpoints, workers, logger: silent, ...options });
  return {
    pacs,
    workers,
    createSource,
    source: createSource({}),
    async addStudy(options) {
      const made = await createCtStudy({ matrix: 128, ...options });
      for (const { instances } of made.series) for (const { bytes } of instances) pacs.store(bytes);
      return { made, study: toCtStudy(made.studyInstanceUid) };
    },
    async close() {
      await workers.close();
      await pacs.close();
    },
  };
}

/** A study the chart knows by its UID alone: QIDO-RS has to list its series. */
export function toCtStudy(studyInstanceUid: string, more: Partial<CtStudy> = {}): CtStudy {
  return {
    imagingStudyId: 'study-1',
    studyInstanceUid,
    patientId: 'patient-1',
    startedAt: '2026-11-20T08:15:00.000Z',
    series: [],
    choiceReason: 'test',
    ...more,
  };
}

/** Generous: only a hang may reach it. */
export const inTime = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(60_000) });
