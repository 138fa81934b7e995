/** What is written: one series of one study, and the files it became. */
import type { HeadPhantom, HeadPhantomOptions } from '../head-phantom.ts';
import type { SeriesRequest } from '../series-recipe.ts';
import type { StudyHeader } from './ct-dataset.ts';
import type { TransferSyntaxName } from './transfer-syntax.ts';

export interface CtInstance {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly instanceNumber: number;
  /** A complete Part 10 file. */
  readonly bytes: Uint8Array;
}

export interface CtSeries {
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly modality: string;
  readonly description: string;
  readonly role: SeriesRequest['role'];
  /** In the order of InstanceNumber. */
  readonly instances: readonly CtInstance[];
  /** The HU volume and truth this series was written from; absent for the dose report. */
  readonly phantom?: HeadPhantom;
}

export interface SeriesJob {
  readonly header: StudyHeader;
  readonly request: SeriesRequest & { readonly transferSyntax: TransferSyntaxName };
  readonly head: HeadPhantomOptions;
  readonly seriesNumber: number;
}
