/** The CDS Hooks router with the thrombectomy service in it, its audit and its figures. */
import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { loadServiceData } from '../../cds-hooks/thrombectomy-risk/service-data.ts';
import { createOrderMatcher } from '../../cds-hooks/thrombectomy-risk/order-matching.ts';
import { createThrombectomyRiskService } from '../../cds-hooks/thrombectomy-risk/service.ts';
import { weakestEvidence, type EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import type { EnsembleContract } from '../assessment/domain/model-contract.ts';
import type { OrderDesk } from '../assessment/domain/order-answer.ts';
import type { AuditTrail, FeedbackStore } from '../assessment/domain/ports.ts';
import { TARGETS, type Target } from '../assessment/domain/target.ts';
import { createCardMemory } from '../cds/card-memory.ts';
import type { CallRateLimit, CallerVerifier } from '../cds/cds-service.ts';
import { createCdsRouter } from '../cds/cds-router.ts';
import type { Config } from '../config/settings.ts';
import { CODE_SYSTEMS } from '../fhir/terminology/canonical.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { EvidenceGrant, LinkSigner } from '../security/link-signer.ts';
import { LAUNCH_PATHS } from '../smart-launch/create-launch-router.ts';
import { CARD_SOURCE_PATHS } from './card-source.ts';
import type { Closers } from './closers.ts';
import { toOrderAuditRecord } from './order-audit-record.ts';
import { labelOverrideReason } from './label-override-reason.ts';
import { readJsonFile } from './read-json-file.ts';

const THROMBECTOMY_ORDERS = new URL('../../fhir-profiles/generated/ValueSet-thrombectomy-orders.json', import.meta.url);

export interface CdsWiring {
  readonly publicUrl: string;
  readonly desk: OrderDesk;
  readonly ensemble: EnsembleContract;
  readonly verifier: CallerVerifier;
  readonly rateLimit: CallRateLimit;
  readonly links: LinkSigner;
  readonly feedbackStore: FeedbackStore;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly closers: Closers;
}

export function buildCds(config: Config, wiring: CdsWiring): Router {
  const { audit, metrics } = wiring;
  const { overrideReasons } = loadServiceData(config.LANGUAGE);
  const cardMemory = createCardMemory(wiring.feedbackStore, wiring.logger);
  wiring.closers.add('cards', () => cardMemory.settle());
  return createCdsRouter({
    services: [buildService(config, wiring)],
    publicUrl: wiring.publicUrl,
    verifier: wiring.verifier,
    rateLimit: wiring.rateLimit,
    feedbackStore: wiring.feedbackStore,
    cardMemory,
    logger: wiring.logger,
    now: wiring.now,
    budgetMs: config.ORDER_BUDGET_MS,
    corsOrigins: config.CDS_CORS_ORIGINS,
    discoveryNeedsCaller: config.CDS_DISCOVERY === 'protected',
    recordAnswer: async (call) => {
      const record = toOrderAuditRecord(call);
      if (record) await audit.record(record);
    },
    onAnswered: (call) => {
      const decision = call.answer.issued.map((card) => card.decision).join('+') || 'no-card';
      metrics.observeAnswer({ hook: call.request.hook, decision }, call.durationMs / 1000);
    },
    onRefused: async ({ code, status, at, issuer, hookInstance }) => {
      metrics.observeRefusal(code);
      if (status !== 401) return;
      await audit.record({
        kind: 'caller-refused',
        at,
        outcome: 'minor-failure',
        code,
        ...(issuer !== undefined && { caller: issuer }),
        ...(hookInstance !== undefined && { hookInstance }),
      });
    },
    onFeedback: async ({ feedback, caller, at }) => {
      for (const { cardUuid, outcome, overrideReason } of feedback) {
        metrics.countFeedback({ outcome, reason: labelOverrideReason(overrideReason, overrideReasons) });
        const said = { outcome, ...(overrideReason && { overrideReason }) };
        const common = { kind: 'feedback-received', at, outcome: 'success', caller: caller.issuer } as const;
        await audit.record({ ...common, cardUuids: [cardUuid], feedback: said });
      }
    },
  });
}

function buildService(config: Config, wiring: CdsWiring) {
  const data = loadServiceData(config.LANGUAGE);
  const local =
    config.ORDER_CODES_FILE === undefined ? [] : [readJsonFile('ORDER_CODES_FILE', config.ORDER_CODES_FILE)];
  return createThrombectomyRiskService({
    desk: wiring.desk,
    data,
    matcher: createOrderMatcher({
      valueSets: [readJsonFile('thrombectomy orders', THROMBECTOMY_ORDERS.pathname), ...local],
      mapping:
        config.ORDER_MAPPING_FILE === undefined
          ? data.orderMapping
          : readJsonFile('ORDER_MAPPING_FILE', config.ORDER_MAPPING_FILE),
      matchText: config.ORDER_TEXT_MATCH,
    }),
    settings: {
      ownFhirServer: config.FHIR_BASE_URL,
      minimumEvidence: config.MIN_EVIDENCE_LEVEL,
      loadedEvidence: TARGETS.map((target) => ({ target, evidenceLevel: findWeakest(wiring.ensemble, target) })),
      maximumCtAgeHours: config.CT_MAX_AGE_HOURS,
      timeZone: config.TIME_ZONE,
      showCards: !config.SHADOW_MODE,
    },
    linkEvidence: (grant) =>
      config.SMART_CARD_LINKS
        ? toLaunchLink(wiring.publicUrl, grant)
        : { url: wiring.links.sign(grant), type: 'absolute' },
    sourceUrl: `${wiring.publicUrl}${CARD_SOURCE_PATHS.modelCards}`,
    iconUrl: `${wiring.publicUrl}${CARD_SOURCE_PATHS.icon}`,
    topicSystem: CODE_SYSTEMS.cardTopics,
    newUuid: randomUUID,
  });
}

/** What the EHR hands back at the launch (CDS Hooks 2.0, Link.appContext); smart-launch/launch-context.ts reads it. */
function toLaunchLink(publicUrl: string, { assessmentKey, hookInstance }: EvidenceGrant) {
  const appContext = JSON.stringify({ assessment: assessmentKey, hook: hookInstance });
  return { type: 'smart', url: `${publicUrl}${LAUNCH_PATHS.launch}`, appContext } as const;
}

function findWeakest(ensemble: EnsembleContract, target: Target): EvidenceLevel {
  const contracts = ensemble.networks.flatMap((network) => network.targets.filter((one) => one.target === target));
  return weakestEvidence(contracts.map((contract) => contract.evidenceLevel));
}
