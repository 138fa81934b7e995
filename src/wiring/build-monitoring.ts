/** The site's monitoring: the page of the running service, and what the trial's command needs of it. */
import type { Router } from 'express';
import type { Logger } from 'pino';
import { loadServiceData } from '../../cds-hooks/thrombectomy-risk/service-data.ts';
import type { EnsembleContract } from '../assessment/domain/model-contract.ts';
import type { AuditTrail } from '../assessment/domain/ports.ts';
import type { Config } from '../config/settings.ts';
import { createMonitoringRouter } from '../monitoring/create-monitoring-router.ts';
import { createReporter } from '../monitoring/create-reporter.ts';
import type { MonitoringChart } from '../monitoring/facts/collect-facts.ts';
import { readMonitoringTexts } from '../monitoring/page/monitoring-texts.ts';
import type { PageWords } from '../monitoring/page/render-report.ts';
import type { MonitoringLinks } from '../security/monitoring-link.ts';
import { readPageTexts } from '../viewer/page-texts.ts';

export interface MonitoringWiring {
  readonly rooms: {
    readonly outside: { readonly monitoring: MonitoringChart };
    readonly engine: { readonly ensemble: EnsembleContract };
    readonly queue: { readonly audit: AuditTrail };
  };
  readonly links: MonitoringLinks;
  readonly logger: Logger;
  readonly now: () => Date;
}

export function buildMonitoring(config: Config, wiring: MonitoringWiring): Router {
  const { rooms, links, logger, now } = wiring;
  const reporter = createReporter({
    ...{ chart: rooms.outside.monitoring, ensemble: rooms.engine.ensemble, logger, now },
    minimumEvidence: config.MIN_EVIDENCE_LEVEL,
    maximumCtAgeHours: config.CT_MAX_AGE_HOURS,
    timeZone: config.TIME_ZONE,
  });
  return createMonitoringRouter({
    verifyLink: (query) => links.verify(query),
    words: readPageWords(config.LANGUAGE),
    timeZone: config.TIME_ZONE,
    ...{ reporter, audit: rooms.queue.audit, logger, now },
  });
}

/** The report's own words, and those that the evidence page and the cards use for the same things. */
export function readPageWords(language: Config['LANGUAGE']): PageWords {
  const { targets, evidenceLevels, reasons } = readPageTexts(language);
  const { overrideReasons } = loadServiceData(language);
  return {
    texts: readMonitoringTexts(language),
    shared: {
      ...{ targets, evidenceLevels, reasons },
      overrideReasons: new Map(overrideReasons.map(({ code, display }) => [code, display])),
    },
  };
}
