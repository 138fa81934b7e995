/** Predicted against observed for one target: only where a group of patients stands behind the figure. */
import { groupOutcomes } from '../statistics/calibration.ts';
import { toProportion, type Proportion } from '../statistics/proportion.ts';
import { rankOutcomes } from '../statistics/ranking.ts';
import type { Pair, PairedOutcomes } from './pair-outcomes.ts';
import { MINIMUM_GROUP, type Agreement, type Outcomes, type TooFew } from './site-report.ts';

const TOO_FEW: TooFew = { kind: 'too-few', needed: MINIMUM_GROUP };

interface Judged {
  readonly probability: number;
  readonly isCalledPositive: boolean;
  readonly isPositive: boolean;
}

export function judgeOutcomes({ pairs, unplaced }: PairedOutcomes): Outcomes {
  const judged = pairs.flatMap(toJudged);
  return {
    ...(pairs.length < MINIMUM_GROUP ? {} : { paired: pairs.length }),
    ...(judged.length < MINIMUM_GROUP ? {} : { withEstimate: judged.length }),
    unplaced,
    agreement: judged.length < MINIMUM_GROUP ? TOO_FEW : measureAgreement(judged),
  };
}

function toJudged({ result: { said }, isPositive }: Pair): Judged[] {
  if (said.kind !== 'estimate') return [];
  return [{ probability: said.probability, isCalledPositive: said.call === 'positive', isPositive }];
}

function measureAgreement(judged: readonly Judged[]): Agreement {
  const [positive, negative] = [judged.filter((one) => one.isPositive), judged.filter((one) => !one.isPositive)];
  const isRankable = Math.min(positive.length, negative.length) >= MINIMUM_GROUP;
  return {
    kind: 'agreement',
    calibration: groupOutcomes(judged, MINIMUM_GROUP),
    ranking: isRankable ? rankOutcomes(judged) : TOO_FEW,
    sensitivity: toShare(positive, (one) => one.isCalledPositive),
    specificity: toShare(negative, (one) => !one.isCalledPositive),
  };
}

function toShare(group: readonly Judged[], isRight: (one: Judged) => boolean): Proportion | TooFew {
  return group.length < MINIMUM_GROUP ? TOO_FEW : toProportion(group.filter(isRight).length, group.length);
}
