/**
 * A decision as a CDS Hooks card. Everything a clinician reads comes from the texts; everything others wrote is
 * escaped; what is simulated says so in the summary too, because some EHRs show nothing else.
 */
import { weakestEvidence } from '../../src/assessment/domain/evidence-level.ts';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Card, CardLink, Suggestion } from '../../src/cds/response-schema.ts';
import { formatBaseRate, type BaseRates } from './base-rate.ts';
import { writeDetail } from './card-detail.ts';
import { fillSlots, type CardTexts } from './card-texts.ts';
import type { Decision } from './decision.ts';
import { readCardEvidence, type TargetEvidence } from './evidence-banner.ts';
import { formatAhead, formatProbability } from './numbers.ts';
import type { MatchedOrder } from './order-matching.ts';
import { findEarlier, findShownAssessment } from './shown-assessment.ts';

export interface CardDress {
  readonly texts: CardTexts;
  readonly baseRates: BaseRates;
  readonly overrideReasons: readonly { readonly system: string; readonly code: string; readonly display: string }[];
  /** System of `source.topic`. */
  readonly topicSystem: string;
  /** About this service as a whole: the model cards. Not a drill-down (CDS Hooks 2.0, Source). */
  readonly sourceUrl: string;
  /** 100x100 PNG without transparency, absolute. */
  readonly iconUrl?: string;
  readonly minimumEvidence: EvidenceLevel;
  /** Evidence behind the networks that are loaded: what cards without an assessment are stamped with. */
  readonly loadedEvidence: readonly TargetEvidence[];
  readonly timeZone: string;
}

export interface CardFacts {
  readonly uuid: string;
  readonly decision: Decision;
  readonly answer: OrderAnswer;
  readonly orders: readonly MatchedOrder[];
  readonly orderedAt: string;
  readonly link?: CardLink;
  readonly suggestion?: Suggestion;
}

/** How the topic reads in lists and lockouts: alphanumeric, as Epic asks. */
const TOPICS = { 'stop-gate': 'HemorrhageOnCt', risk: 'ThrombectomyRisk' } as const;

export function renderCard(facts: CardFacts, dress: CardDress): Card {
  const { decision, answer } = facts;
  const { texts } = dress;
  const evidence = readCardEvidence(decision, answer, dress.loadedEvidence);
  const weakest = weakestEvidence(evidence.shown.map((one) => one.evidenceLevel));
  const topic = decision.card === 'stop-gate' ? 'stop-gate' : 'risk';
  return {
    uuid: facts.uuid,
    summary: writeSummary(facts, dress, weakest),
    detail: writeDetail({ ...facts, ...dress, evidence }),
    indicator: decision.indicator,
    source: {
      label: texts.phrase('source-label'),
      url: dress.sourceUrl,
      ...(dress.iconUrl === undefined ? {} : { icon: dress.iconUrl }),
      topic: { system: dress.topicSystem, code: TOPICS[topic], display: texts.phrase(`topic-${topic}`) },
    },
    ...(decision.indicator === 'info' ? {} : { overrideReasons: [...dress.overrideReasons] }),
    ...(facts.link === undefined ? {} : { links: [facts.link] }),
    ...(facts.suggestion === undefined ? {} : { suggestions: [facts.suggestion], selectionBehavior: 'any' as const }),
  };
}

/** Only our own words and numbers: nothing a stranger wrote reaches a summary. */
function writeSummary({ decision, answer }: CardFacts, dress: CardDress, weakest: EvidenceLevel): string {
  const { texts } = dress;
  const numbers = Object.fromEntries(
    decision.statements.flatMap((one) =>
      one.say === 'number' ? [[one.target, formatProbability(one.estimate.probability, texts)]] : [],
    ),
  ) as Record<string, string>;
  // Images came after the CT was analyzed, and nothing is shown: some EHRs show no more than the summary.
  const isOutgrown = findEarlier(answer) !== undefined && findShownAssessment(answer, decision) === undefined;
  const summary = fillSlots(isOutgrown ? texts.phrase('summary-late-images') : texts.cards[decision.card].summary, {
    ...numbers,
    'base-rate': formatBaseRate(dress.baseRates, 'ich-after-evt', texts) ?? '?',
    reason: findReason(decision, answer, texts),
    ahead: 'ahead' in answer ? formatAhead(answer.ahead) : '',
  });
  const stamp = { untrained: 'summary-untrained', 'in-silico': 'summary-simulated' }[weakest as string];
  return stamp === undefined ? summary : `${texts.phrase(stamp)} ${summary}`;
}

function findReason(decision: Decision, answer: OrderAnswer, texts: CardTexts): string {
  if (answer.kind === 'no-ct') return texts.phrase(`reason-${answer.abstention.reason}`);
  const first = decision.statements.find((one) => one.say === 'abstained');
  return first === undefined ? '' : texts.phrase(`reason-${first.reason}`);
}
