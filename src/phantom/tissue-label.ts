/** Labels of the truth volume: what lies at a voxel's centre. */
export const TISSUE = {
  air: 0,
  scalp: 1,
  bone: 2,
  csf: 3,
  grey: 4,
  white: 5,
  vessel: 6,
  dura: 7,
  calcification: 8,
  table: 9,
  other: 10,
} as const;

export type TissueLabel = (typeof TISSUE)[keyof typeof TISSUE];

/** Labels of tissue inside the cranial cavity. */
export function isIntracranial(label: number): boolean {
  return label >= TISSUE.csf && label <= TISSUE.calcification;
}
