/** Everything inside the inner table: dural sinuses, ventricles, brain above and below the tentorium, arteries, lesions. */
import { createCerebrum, type BrainPoint } from './cerebrum.ts';
import { createDeepBrain } from './deep-brain.ts';
import type { LesionModel } from './lesion-model.ts';
import type { LesionPoint } from './lesion-part.ts';
import type { PatientShape } from './patient-shape.ts';
import { createPosteriorFossa, isInfratentorial } from './posterior-fossa.ts';
import type { Sample } from './sample.ts';
import { TISSUE, type TissueLabel } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';
import { createVentricles } from './ventricles.ts';
import { createVessels, type VesselState } from './vessels.ts';

/** Fills `out` for a point inside the cranial cavity (average frame; depths in mm). */
export type IntracranialSampler = (
  x: number,
  y: number,
  z: number,
  vaultDepth: number,
  floorGap: number,
  out: Sample,
) => void;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Beam hardening left under the vault by the scanner's correction: HU at the inner table and its decay length. */
const RIM_HU = 5;
const RIM_MM = 6;

function set(out: Sample, hu: number, tissue: TissueLabel): void {
  out.hu = hu;
  out.tissue = tissue;
}

export function createIntracranial(
  shape: PatientShape,
  lesions: LesionModel,
  vesselState: VesselState,
): IntracranialSampler {
  const ventricles = createVentricles(shape);
  const cerebrum = createCerebrum(shape, createDeepBrain(shape));
  const posteriorFossa = createPosteriorFossa(shape);
  const vessels = createVessels(vesselState);
  const at = new Float64Array(3);
  const point: Mutable<BrainPoint> = { x: 0, y: 0, z: 0, vaultDepth: 0, floorGap: 0, ventricle: 0 };
  const hurt: Mutable<LesionPoint> = { x: 0, y: 0, z: 0, bx: 0, by: 0, bz: 0, vaultDepth: 0, ventricle: 0, cistern: 0 };

  const brain = (out: Sample): void => {
    const ax = Math.abs(point.x);
    if (ventricles.calcification(point.x, point.y, point.z) < 0) {
      set(out, HU.choroidCalcification, TISSUE.calcification);
    } else if (point.ventricle < 0) set(out, HU.csf, TISSUE.csf);
    else if (isInfratentorial(ax, point.y, point.z)) posteriorFossa(point, out);
    else cerebrum.sample(point, out);
    const artery = vessels.artery(point.x, point.y, point.z);
    if (artery !== 0 && out.tissue !== TISSUE.calcification) set(out, artery, TISSUE.vessel);
  };

  const hurtBrain = (x: number, y: number, z: number, vaultDepth: number, out: Sample): void => {
    const ax = Math.abs(point.x);
    hurt.x = x;
    hurt.y = y;
    hurt.z = z;
    hurt.bx = point.x;
    hurt.by = point.y;
    hurt.bz = point.z;
    hurt.vaultDepth = vaultDepth;
    hurt.ventricle = point.ventricle;
    hurt.cistern = Math.min(
      cerebrum.cisterns.sylvian(ax, point.y, point.z),
      cerebrum.cisterns.basal(ax, point.y, point.z),
    );
    lesions.apply(hurt, out);
  };

  return (x, y, z, vaultDepth, floorGap, out) => {
    at[0] = x;
    at[1] = y;
    at[2] = z;
    const collection = lesions.isActive && vaultDepth < 40 ? lesions.collection(x, y, z) : 0;
    if (lesions.isActive) lesions.displace(at);
    point.x = at[0];
    point.y = at[1];
    point.z = at[2];
    point.vaultDepth = vaultDepth - collection;
    point.floorGap = floorGap;
    point.ventricle = ventricles.distance(point.x, point.y, point.z);
    const sinus = vessels.sinus(x, y, z, vaultDepth);
    if (sinus === 0) brain(out);
    else set(out, sinus, TISSUE.vessel);
    if (lesions.isActive) hurtBrain(x, y, z, vaultDepth, out);
    if (vaultDepth < 30) out.hu += RIM_HU * Math.exp(-Math.max(0, vaultDepth) / RIM_MM);
  };
}
