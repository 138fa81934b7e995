/**
 * What a card is stamped with: the evidence behind the numbers it shows. Where the questions differ in what their
 * networks learned from, each banner names its questions, so that none is called worse or better than it is.
 */
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Target } from '../../src/assessment/domain/target.ts';
import type { CardTexts } from './card-texts.ts';
import type { Decision } from './decision.ts';
import { findShownAssessment } from './shown-assessment.ts';

export interface TargetEvidence {
  readonly target: Target;
  readonly evidenceLevel: EvidenceLevel;
}

export interface CardEvidence {
  /** Of every question: as assessed, or as loaded where no assessment stands behind the card. */
  readonly all: readonly TargetEvidence[];
  /** Of the questions answered with a number; of all where no number is shown. */
  readonly shown: readonly TargetEvidence[];
}

export function readCardEvidence(
  decision: Decision,
  answer: OrderAnswer,
  loaded: readonly TargetEvidence[],
): CardEvidence {
  const all = findShownAssessment(answer, decision)?.findings ?? loaded;
  const shown = decision.statements.flatMap((one) => (one.say === 'number' ? [one.estimate] : []));
  return { all, shown: shown.length > 0 ? shown : all };
}

/** Weakest first, one paragraph a level; empty where every number shown was validated on patients elsewhere. */
export function writeBanner({ all, shown }: CardEvidence, texts: CardTexts): string {
  const isMixed = new Set(all.map((one) => one.evidenceLevel)).size > 1;
  const banners = EVIDENCE_LEVELS.map((level) => {
    const concerned = shown.filter((one) => one.evidenceLevel === level);
    if (concerned.length === 0) return '';
    const questions = concerned.map((one) => texts.phrase(`target-${one.target}`)).join('; ');
    return isMixed ? texts.phrase(`banner-some-${level}`, { questions }) : texts.phrase(`banner-${level}`);
  });
  return banners.filter((one) => one !== '').join('\n\n');
}
