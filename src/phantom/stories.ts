/**
 * Demo patients as data: what happened, what the CT holds. Clinical texts about them belong to the sandbox.
 */
import type { Artifact, Lesion } from './lesion.ts';
import type { SeriesRequest } from './series-recipe.ts';

export interface Story {
  /** One sentence for a list of demo patients. */
  readonly summary: string;
  readonly ageYears: number;
  readonly gantryTiltDeg?: number;
  readonly lesions: readonly Lesion[];
  readonly artifacts?: readonly Artifact[];
  readonly series: readonly SeriesRequest[];
}

const routine: readonly SeriesRequest[] = [{ role: 'localizer' }, { role: 'thick-soft' }, { role: 'dose-report' }];

export const STORIES = {
  'no-hemorrhage': {
    summary: 'Right-sided weakness for 2 h, CT without hemorrhage or early signs',
    ageYears: 67,
    lesions: [],
    series: routine,
  },
  'basal-ganglia-hemorrhage': {
    summary: 'Left-sided weakness, CT shows a right basal ganglia hemorrhage',
    ageYears: 61,
    lesions: [
      { kind: 'intraparenchymal', side: 'right', site: 'basal-ganglia', volumeMl: 28 },
      { kind: 'intraventricular', side: 'right', fill: 0.15 },
    ],
    series: routine,
  },
  'mca-infarct': {
    summary: 'Aphasia for 5 h, CT shows a hyperdense left MCA and early ischemic changes',
    ageYears: 74,
    lesions: [{ kind: 'acute-infarct', side: 'left', hoursSinceOnset: 5, collateralGrade: 1, hyperdenseMca: true }],
    series: routine,
  },
  'contrast-only': {
    summary: 'Transferred with a CT angiography and a localizer, no plain CT',
    ageYears: 58,
    lesions: [],
    series: [{ role: 'localizer' }, { role: 'contrast' }],
  },
  'localizer-only': {
    summary: 'The scan was stopped after the localizer',
    ageYears: 80,
    lesions: [],
    series: [{ role: 'localizer' }, { role: 'dose-report' }],
  },
  'subdural-hemorrhage': {
    summary: 'Fall a day ago, CT shows a left subdural hemorrhage',
    ageYears: 82,
    lesions: [{ kind: 'subdural', side: 'left', thicknessMm: 11, ageDays: 1 }],
    series: routine,
  },
  'subarachnoid-hemorrhage': {
    summary: 'Thunderclap headache, CT shows blood in the basal cisterns',
    ageYears: 52,
    lesions: [{ kind: 'subarachnoid', side: 'both', extent: 'basal' }],
    series: routine,
  },
} satisfies Readonly<Record<string, Story>> as Readonly<Record<StoryName, Story>>;

export type StoryName =
  | 'no-hemorrhage'
  | 'basal-ganglia-hemorrhage'
  | 'mca-infarct'
  | 'contrast-only'
  | 'localizer-only'
  | 'subdural-hemorrhage'
  | 'subarachnoid-hemorrhage';
