/**
 * The thrombectomy-risk service: order hooks in, cards out. Find the thrombectomies, ask the desk what is known
 * about this patient's CT, let policy.ts decide and the texts say it. Orders that are none get no card, at once.
 */
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { OrderAnswer, OrderDesk } from '../../src/assessment/domain/order-answer.ts';
import type { CdsRequest, CdsService, CdsServiceAnswer, CdsServiceContext } from '../../src/cds/cds-service.ts';
import { parseOrderContext, type OrderContext } from '../../src/cds/order-context.ts';
import type { Card, CardLink } from '../../src/cds/response-schema.ts';
import { askDesk, requireAnswerable } from './ask-desk.ts';
import type { Decision } from './decision.ts';
import type { TargetEvidence } from './evidence-banner.ts';
import { suggestFollowUpCt } from './follow-up-ct.ts';
import type { MatchedOrder, OrderMatcher } from './order-matching.ts';
import { findOrderTime } from './order-time.ts';
import { decide } from './policy.ts';
import { renderCard } from './render-card.ts';
import { findShownAssessment } from './shown-assessment.ts';
import type { ServiceData } from './service-data.ts';

export interface ThrombectomyRiskSettings {
  /** FHIR base of the chart that answers where a call brings no token. */
  readonly ownFhirServer: string;
  readonly minimumEvidence: EvidenceLevel;
  /** Per target the weakest evidence of the loaded ensemble: stamped on cards that come before any result. */
  readonly loadedEvidence: readonly TargetEvidence[];
  readonly maximumCtAgeHours: number;
  /** IANA name for times on cards; default UTC. */
  readonly timeZone?: string;
  /** Shadow mode: everything runs and is recorded, no card is shown. Default true. */
  readonly showCards?: boolean;
  /** Offer a draft follow-up CT beside a raised risk. Default true. */
  readonly offerFollowUpCt?: boolean;
}

export interface ThrombectomyRiskOptions {
  readonly desk: OrderDesk;
  readonly data: ServiceData;
  readonly matcher: OrderMatcher;
  readonly settings: ThrombectomyRiskSettings;
  /** Absolute or SMART link to the evidence page of one assessment. */
  readonly linkEvidence: (grant: {
    readonly assessmentKey: string;
    readonly hookInstance: string;
    readonly patientId: string;
  }) => {
    readonly url: string;
    readonly type: 'absolute' | 'smart';
    readonly appContext?: string;
  };
  readonly sourceUrl: string;
  readonly iconUrl?: string;
  readonly topicSystem: string;
  readonly newUuid: () => string;
}

export function createThrombectomyRiskService(options: ThrombectomyRiskOptions): CdsService {
  const { data } = options;
  const { hooks, ...definition } = data.service;
  return {
    id: data.service.id,
    definitions: hooks.map((hook) => ({ hook, ...definition })),
    async handle(request, context) {
      const order = parseOrderContext(request);
      const matched = options.matcher.match(order.orders);
      if (matched.length === 0) return { cards: [], issued: [] };
      const call = { request, order, matched, context };
      requireAnswerable(call, options.settings.ownFhirServer);
      const answer = await askDesk(options.desk, call, options.settings.maximumCtAgeHours);
      const decision = decide(answer, options.settings);
      return buildAnswer({ options, request, order, matched, context, answer, decision });
    },
  };
}

interface AnswerParts {
  readonly options: ThrombectomyRiskOptions;
  readonly request: CdsRequest;
  readonly order: OrderContext;
  readonly matched: readonly MatchedOrder[];
  readonly context: CdsServiceContext;
  readonly answer: OrderAnswer;
  readonly decision: Decision;
}

function buildAnswer(parts: AnswerParts): CdsServiceAnswer {
  const { options, request, order, matched, answer, decision, context } = parts;
  const card = buildCard(parts);
  const assessmentKey = readKey(answer, decision);
  const orderId = matched.find((one) => one.id !== undefined)?.id;
  return {
    cards: options.settings.showCards === false ? [] : [card],
    issued: [
      {
        cardUuid: card.uuid,
        decision: decision.card,
        hookInstance: request.hookInstance,
        issuedAt: context.receivedAt.toISOString(),
        ...(assessmentKey === undefined ? {} : { assessmentKey }),
      },
    ],
    concerns: {
      patientId: order.patientId,
      userId: order.userId,
      ...(order.encounterId === undefined ? {} : { encounterId: order.encounterId }),
      ...(orderId === undefined ? {} : { orderId }),
      ...(assessmentKey === undefined ? {} : { assessmentKey }),
    },
  };
}

function buildCard(parts: AnswerParts): Card {
  const { options, request, order, matched, context, answer, decision } = parts;
  const { data, settings } = options;
  const key = readKey(answer, decision);
  const isReady = findShownAssessment(answer, decision) !== undefined;
  // Behind the link of a failed analysis nothing will ever appear, so none is offered.
  const link =
    key === undefined || (answer.kind === 'failed' && !isReady)
      ? undefined
      : buildLink(
          options,
          { assessmentKey: key, hookInstance: request.hookInstance, patientId: order.patientId },
          isReady,
        );
  const isRaised = decision.indicator === 'warning' && settings.offerFollowUpCt !== false;
  const suggestion = isRaised
    ? suggestFollowUpCt(
        { uuid: options.newUuid(), orderedAt: context.receivedAt.toISOString(), ...order },
        data.followUpCt,
        data.texts,
      )
    : undefined;
  return renderCard(
    {
      uuid: options.newUuid(),
      decision,
      answer,
      orders: matched,
      orderedAt: findOrderTime(matched, context.receivedAt).toISOString(),
      ...(link === undefined ? {} : { link }),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
    {
      texts: data.texts,
      baseRates: data.baseRates,
      overrideReasons: data.overrideReasons,
      topicSystem: options.topicSystem,
      sourceUrl: options.sourceUrl,
      ...(options.iconUrl === undefined ? {} : { iconUrl: options.iconUrl }),
      minimumEvidence: settings.minimumEvidence,
      loadedEvidence: settings.loadedEvidence,
      timeZone: settings.timeZone ?? 'UTC',
    },
  );
}

function buildLink(
  options: ThrombectomyRiskOptions,
  grant: Parameters<ThrombectomyRiskOptions['linkEvidence']>[0],
  isReady: boolean,
): CardLink {
  const { url, type, appContext } = options.linkEvidence(grant);
  const label = options.data.texts.phrase(isReady ? 'link-evidence' : 'link-pending');
  if (type === 'absolute') return { type, label, url };
  return { type, label, url, ...(appContext === undefined ? {} : { appContext }) };
}

function readKey(answer: OrderAnswer, decision: Decision): string | undefined {
  const shown = findShownAssessment(answer, decision);
  if (shown !== undefined) return shown.key;
  return 'key' in answer ? answer.key : undefined;
}
