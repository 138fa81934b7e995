/** One line of labels per synthetic study, for training and evaluation outside Node. */
import type { SyntheticCtStudy } from './ct-study.ts';
import type { Lesion, LesionKind } from './lesion.ts';
import { drawBleedAfterEvt } from './random-case.ts';

const KINDS: readonly LesionKind[] = [
  'intraparenchymal',
  'intraventricular',
  'subdural',
  'epidural',
  'subarachnoid',
  'acute-infarct',
  'old-infarct',
];

export const LABEL_COLUMNS = [
  'seed',
  'study_instance_uid',
  'series_instance_uid',
  'age_years',
  'ich_present',
  ...KINDS.map((kind) => `${kind.replace('-', '_')}_ml`),
  'aspects',
  'midline_shift_mm',
  'hyperdense_mca',
  'hours_since_onset',
  'collateral_grade',
  'poor_collaterals',
  'ich_after_evt_risk',
  'ich_after_evt',
] as const;

/** Values in the order of LABEL_COLUMNS; empty where a label does not exist for this study. */
export function labelRow(study: SyntheticCtStudy, seed: number, lesions: readonly Lesion[]): (string | number)[] {
  const series = study.series.find(({ role, phantom }) => role !== 'localizer' && phantom !== undefined);
  const truth = series?.phantom?.truth;
  const infarct = lesions.find((lesion) => lesion.kind === 'acute-infarct');
  const candidate = infarct !== undefined && truth !== undefined && !truth.hemorrhagePresent;
  const after = candidate ? drawBleedAfterEvt(seed, truth.aspects, infarct.hyperdenseMca) : undefined;
  const poor = infarct === undefined ? '' : Number(infarct.collateralGrade <= 1);
  return [
    seed,
    study.studyInstanceUid,
    series?.seriesInstanceUid ?? '',
    truth?.ageYears ?? '',
    truth === undefined ? '' : Number(truth.hemorrhagePresent),
    ...KINDS.map((kind) => truth?.volumesMl[kind] ?? 0),
    truth?.aspects ?? '',
    truth?.midlineShiftMm ?? '',
    infarct === undefined ? '' : Number(infarct.hyperdenseMca),
    infarct === undefined ? '' : Number(infarct.hoursSinceOnset.toFixed(1)),
    infarct?.collateralGrade ?? '',
    poor,
    after?.risk ?? '',
    after === undefined ? '' : Number(after.bleeds),
  ];
}
