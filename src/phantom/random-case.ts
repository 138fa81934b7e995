/**
 * A patient drawn at random for in-silico training and tests: what may be wrong, in roughly the mix an acute stroke CT
 * list shows, with enough of every bleed to learn from. Outcome labels follow published scores; they are simulations.
 */
import { createRandom, type Random } from './random.ts';
import type { AcuteInfarct, Artifact, Hemorrhage, Lesion, Side } from './lesion.ts';
import risk from './risk-after-evt.json' with { type: 'json' };

export interface RandomCase {
  readonly seed: number;
  readonly lesions: readonly Lesion[];
  readonly artifacts: readonly Artifact[];
  readonly gantryTiltDeg: number;
}

function drawSide(random: Random): Side {
  return random.pick(['left', 'right']);
}

function drawIntraparenchymal(random: Random): Hemorrhage[] {
  const side = drawSide(random);
  const site = random.pick([
    'basal-ganglia',
    'basal-ganglia',
    'basal-ganglia',
    'thalamus',
    'lobar-frontal',
    'lobar-parietal',
    'lobar-temporal',
    'lobar-occipital',
    'cerebellum',
    'pons',
  ] as const);
  const largest = site === 'pons' ? 6 : site === 'thalamus' ? 18 : site === 'cerebellum' ? 25 : 70;
  const volumeMl = Math.exp(random.between(Math.log(1.2), Math.log(largest)));
  const ruptures = (site === 'thalamus' || site === 'basal-ganglia') && random.chance(0.4);
  const bleed: Hemorrhage = { kind: 'intraparenchymal', side, site, volumeMl };
  return ruptures ? [bleed, { kind: 'intraventricular', side, fill: random.between(0.08, 0.5) }] : [bleed];
}

function drawHemorrhage(random: Random): Hemorrhage[] {
  const side = drawSide(random);
  const which = random.next();
  if (which < 0.45) return drawIntraparenchymal(random);
  if (which < 0.65) {
    const ageDays = random.chance(0.7) ? random.between(0, 3) : random.between(3, 40);
    return [{ kind: 'subdural', side, thicknessMm: random.between(3, 18), ageDays }];
  }
  if (which < 0.74) {
    const site = random.pick(['temporal', 'frontal', 'parietal'] as const);
    return [{ kind: 'epidural', side, site, thicknessMm: random.between(5, 24) }];
  }
  if (which < 0.93) {
    const extent = random.pick(['basal', 'sylvian', 'convexity'] as const);
    return [{ kind: 'subarachnoid', side: extent === 'basal' ? 'both' : side, extent }];
  }
  return [{ kind: 'intraventricular', side: random.pick(['left', 'right', 'both']), fill: random.between(0.1, 0.7) }];
}

function drawInfarct(random: Random): AcuteInfarct {
  const collateralGrade = random.pick([0, 1, 1, 2, 2, 2, 3, 3] as const);
  return {
    kind: 'acute-infarct',
    side: drawSide(random),
    hoursSinceOnset: random.between(0.7, 14),
    collateralGrade,
    hyperdenseMca: random.chance(0.55),
  };
}

/** The same seed gives the same case. About 45 % have a hemorrhage, 40 % an acute infarct, the rest neither. */
export function drawCase(seed: number): RandomCase {
  const random = createRandom(seed, 'case');
  const which = random.next();
  const fresh: Lesion[] = which < 0.45 ? drawHemorrhage(random) : which < 0.85 ? [drawInfarct(random)] : [];
  const old: Lesion[] = random.chance(0.15)
    ? [{ kind: 'old-infarct', side: drawSide(random), site: random.pick(['temporo-occipital', 'frontal', 'lacune']) }]
    : [];
  const artifacts: Artifact[] = random.chance(0.05) ? [{ kind: 'motion', shiftMm: 3, share: 0.2 }] : [];
  return {
    seed,
    lesions: [...old, ...fresh],
    artifacts,
    gantryTiltDeg: random.chance(0.3) ? Math.round(random.between(-5, 20)) : 0,
  };
}

/** HTI points that the CT alone gives, and whether this phantom bleeds afterwards (a draw from that risk). */
export function drawBleedAfterEvt(
  seed: number,
  aspects: number,
  denseArtery: boolean,
): { risk: number; bleeds: boolean } {
  const points =
    (risk.aspectsPoints.find(({ from }) => aspects >= from)?.points ?? 3) + (denseArtery ? risk.denseArteryPoints : 0);
  const probability = risk.riskByScore[Math.min(points, risk.riskByScore.length - 1)] ?? 0;
  return { risk: probability, bleeds: createRandom(seed, 'after-evt').chance(probability) };
}
