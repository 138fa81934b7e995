/**
 * Where a walk is killed. Half of the kills are aimed: at a request the hospital has received, at work it has done
 * without anybody having been told, at an answer half-way through, at a line the service has just logged. The rest
 * come at a random time after the order, or while the service starts. The seed decides all of it.
 */
import { createRandom, type Random } from '../../src/phantom/random.ts';
import { MOMENTS, type Passage } from './gate.ts';

export type Aim =
  | {
      readonly kind: 'passage';
      readonly server: 'fhir' | 'pacs';
      readonly moment: Passage['moment'];
      readonly target: Target;
    }
  | { readonly kind: 'log'; readonly msg: string; readonly afterMs: number }
  | { readonly kind: 'time'; readonly afterMs: number }
  /** Killed at some time, and again this long after it was started anew. */
  | { readonly kind: 'start'; readonly afterMs: number };

interface Target {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
}

const FHIR_TARGETS: readonly Target[] = [
  { name: 'order reads the studies', method: 'GET', path: /^\/fhir\/ImagingStudy\?patient/ },
  { name: 'looks for the assessment', method: 'GET', path: /^\/fhir\/RiskAssessment\?identifier/ },
  { name: 'job reads its study', method: 'GET', path: /^\/fhir\/ImagingStudy\/[^?]+$/ },
  { name: 'looks for earlier results', method: 'GET', path: /^\/fhir\/RiskAssessment\?subject/ },
  // Three times as likely: this is where work could be doubled.
  ...Array.from({ length: 3 }, () => ({ name: 'transaction with the results', method: 'POST', path: /^\/fhir\/?$/ })),
  { name: 'audit event', method: 'POST', path: /^\/fhir\/AuditEvent/ },
];
const PACS_TARGETS: readonly Target[] = [
  { name: 'metadata', method: 'GET', path: /\/metadata$/ },
  { name: 'slices', method: 'GET', path: /\/series\/[\d.]+$/ },
];
const LONGEST_WALK_MS = 4_000;
const LONGEST_START_MS = 3_000;

export function planKills(seed: number, count: number): readonly Aim[] {
  const random = createRandom(seed, 'kills');
  return Array.from({ length: count }, () => planOne(random));
}

function planOne(random: Random): Aim {
  const kind = random.next();
  if (kind < 0.4) return aimAt('fhir', FHIR_TARGETS, random);
  if (kind < 0.55) return aimAt('pacs', PACS_TARGETS, random);
  if (kind < 0.65) {
    const msg = random.pick(['call answered', 'study assessed']);
    return { kind: 'log', msg, afterMs: Math.floor(random.between(0, 30)) };
  }
  if (kind < 0.85) return { kind: 'time', afterMs: Math.floor(random.between(0, LONGEST_WALK_MS)) };
  return { kind: 'start', afterMs: Math.floor(random.between(0, LONGEST_START_MS)) };
}

function aimAt(server: 'fhir' | 'pacs', targets: readonly Target[], random: Random): Aim {
  const target = targets[Math.floor(random.next() * targets.length)] ?? targets[0];
  if (target === undefined) throw new Error('no target');
  return { kind: 'passage', server, target, moment: random.pick(MOMENTS) };
}

/** One line of the report. */
export function nameAim(aim: Aim): string {
  switch (aim.kind) {
    case 'passage':
      return `${aim.server}: ${aim.target.name}, ${aim.moment}`;
    case 'log':
      return `just after "${aim.msg}"`;
    case 'time':
      return 'a random time after the order';
    case 'start':
      return 'while it starts';
  }
}
