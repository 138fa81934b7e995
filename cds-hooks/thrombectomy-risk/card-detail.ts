/**
 * The detail of a card: plain GitHub-flavoured Markdown of paragraphs and one list, legible unrendered too.
 * Order: what the weights are worth, what the card means, one line per target, which CT and order, sources, footer.
 */
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { Estimate, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { UnreadCt } from '../../src/assessment/domain/ports.ts';
import { citeBaseRates, formatBaseRate, type BaseRates } from './base-rate.ts';
import { fillSlots, type CardTexts } from './card-texts.ts';
import type { Decision, Statement } from './decision.ts';
import { writeBanner, type CardEvidence } from './evidence-banner.ts';
import { formatAge, formatAhead, formatInstant, formatProbability, formatWait } from './numbers.ts';
import type { MatchedOrder } from './order-matching.ts';
import { findEarlier, findShownAssessment } from './shown-assessment.ts';
import { escapeUntrusted } from './untrusted-text.ts';

export interface DetailFacts {
  readonly decision: Decision;
  readonly answer: OrderAnswer;
  readonly orders: readonly MatchedOrder[];
  readonly orderedAt: string;
  readonly minimumEvidence: EvidenceLevel;
  readonly evidence: CardEvidence;
  readonly timeZone: string;
  readonly texts: CardTexts;
  readonly baseRates: BaseRates;
}

export function writeDetail(facts: DetailFacts): string {
  const { texts, decision } = facts;
  const opening = fillSlots(texts.cards[decision.card].opening, listOpeningSlots(facts));
  const paragraphs = [
    writeBanner(facts.evidence, texts),
    writeLateImages(facts),
    opening,
    writeStatements(facts),
    writeReason(facts),
    writeCtLine(facts),
    writeOrderLine(facts),
    writeSources(facts),
    writeFooter(facts),
  ];
  return paragraphs.filter((one) => one !== undefined && one !== '').join('\n\n');
}

function listOpeningSlots({ answer, minimumEvidence, texts, timeZone }: DetailFacts): Record<string, string> {
  return {
    'minimum-evidence': texts.phrase(`evidence-${minimumEvidence}`),
    since: 'since' in answer ? formatInstant(answer.since, timeZone) : '',
    ahead: 'ahead' in answer ? formatAhead(answer.ahead) : '',
    wait: 'ahead' in answer ? formatWait(answer.waitMinutes, texts) : '',
    code: 'code' in answer ? answer.code : '',
  };
}

/** Before everything that is said about the CT: it is not about all its images. */
function writeLateImages({ answer, decision, texts, timeZone }: DetailFacts): string | undefined {
  const earlier = findEarlier(answer);
  if (earlier === undefined) return undefined;
  const isShown = findShownAssessment(answer, decision) === earlier;
  const time = formatInstant(earlier.assessedAt, timeZone);
  return texts.phrase(isShown ? 'late-images-shown' : 'late-images', { time });
}

/** One line per target; one line for all of them where there is only one thing to say. */
function writeStatements(facts: DetailFacts): string {
  const { texts } = facts;
  const lines = facts.decision.statements.map((one) => [one.target as string, writeStatement(one, facts)] as const);
  const isSame = lines.length > 1 && lines.every(([, line]) => line === lines[0]?.[1]);
  const shown = isSame ? lines.slice(0, 1).map(([, line]) => ['all', line] as const) : lines;
  return shown.map(([target, line]) => `- **${texts.phrase(`target-${target}`)}:** ${line}`).join('\n');
}

function writeStatement(statement: Statement, facts: DetailFacts): string {
  const { texts } = facts;
  switch (statement.say) {
    case 'number':
      return writeNumber(statement.estimate, facts);
    case 'withheld':
      return texts.phrase('line-withheld', {
        evidence: texts.phrase(`evidence-${statement.evidenceLevel}`),
        'minimum-evidence': texts.phrase(`evidence-${facts.minimumEvidence}`),
      });
    case 'abstained': {
      const reason = texts.phrase(`reason-${statement.reason}`);
      return texts.phrase('line-abstained', { reason, detail: escapeUntrusted(statement.detail, 240) }).trim();
    }
  }
}

/** Number, evidence, interval, networks one by one, usual rate: never a lone number. */
function writeNumber(estimate: Estimate, { texts, baseRates, answer, decision }: DetailFacts): string {
  const percent = (probability: number): string => formatProbability(probability, texts);
  const { interval } = estimate;
  const shown = findShownAssessment(answer, decision);
  const usual = formatBaseRate(baseRates, estimate.target, texts);
  const opinions = estimate.opinions.map(
    (opinion) => `${escapeUntrusted(nameNetwork(opinion.network, shown), 40)} ${percent(opinion.probability)}`,
  );
  const parts = [
    texts.phrase('line-number', {
      percent: percent(estimate.probability),
      threshold: percent(estimate.threshold),
      evidence: texts.phrase(`evidence-${estimate.evidenceLevel}`),
    }),
    interval &&
      texts.phrase('line-interval', {
        coverage: percent(interval.coverage),
        low: percent(interval.lower),
        high: percent(interval.upper),
      }),
    opinions.length > 0 ? texts.phrase('line-networks', { opinions: opinions.join(', ') }) : undefined,
    usual === undefined ? texts.phrase('line-no-base-rate') : texts.phrase('line-base-rate', { 'base-rate': usual }),
  ];
  return `${parts.filter((one) => one !== undefined).join('; ')}.`;
}

function nameNetwork(network: string, shown: StudyAssessment | undefined): string {
  const known = shown?.ensemble.networks;
  return known?.find((one) => one.network === network)?.displayName ?? network;
}

function writeReason({ answer, texts }: DetailFacts): string | undefined {
  if (answer.kind !== 'no-ct') return undefined;
  return texts.phrase('no-ct-detail', { detail: escapeUntrusted(answer.abstention.detail, 240) });
}

function writeCtLine(facts: DetailFacts): string | undefined {
  const { answer, texts, timeZone } = facts;
  if (answer.kind === 'no-ct') return undefined;
  const { studyStartedAt: startedAt, startedPrecision } = answer.kind === 'assessed' ? answer.assessment : answer;
  const unread = answer.unread && texts.phrase('ct-unread', { time: writeStart(answer.unread, timeZone) });
  const read = writeReadCt({ startedAt, ...(startedPrecision && { startedPrecision }) }, facts);
  return unread === undefined ? read : `${read} ${unread}`;
}

function writeReadCt(start: UnreadCt, { orderedAt, texts, timeZone }: DetailFacts): string {
  const time = writeStart(start, timeZone);
  const age = start.startedPrecision === 'day' ? undefined : formatAge(start.startedAt, orderedAt, texts);
  return age === undefined ? texts.phrase('ct-without-age', { time }) : texts.phrase('ct', { time, age });
}

/** Of a CT known by its day alone that day, and no time. */
function writeStart({ startedAt, startedPrecision }: UnreadCt, timeZone: string): string {
  return startedPrecision === 'day' ? startedAt.slice(0, 10) : formatInstant(startedAt, timeZone);
}

/** A card is not tied to one order by the standard, so it names them (cds-hooks/docs#20, #192). */
function writeOrderLine({ orders, texts }: DetailFacts): string | undefined {
  const labels = [...new Set(orders.flatMap((order) => order.label ?? []))].slice(0, 3);
  if (labels.length === 0) return undefined;
  return texts.phrase('orders', { orders: labels.map((label) => escapeUntrusted(label)).join('; ') });
}

function writeSources({ decision, baseRates, texts }: DetailFacts): string | undefined {
  const shown = decision.statements.filter((one) => one.say === 'number').map((one) => one.target);
  return citeBaseRates(baseRates, shown, texts);
}

function writeFooter({ answer, decision, texts }: DetailFacts): string {
  const shown = findShownAssessment(answer, decision);
  return shown ? texts.phrase('footer', describeModel(shown)) : texts.phrase('footer-without-model');
}

function describeModel({ ensemble }: StudyAssessment): Record<string, string> {
  return {
    networks: ensemble.networks.map((one) => escapeUntrusted(one.displayName, 40)).join(', '),
    ensemble: escapeUntrusted(`${ensemble.id} ${ensemble.version}`, 60),
  };
}
