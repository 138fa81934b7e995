/** The monitoring page on a real loopback server, over a FHIR server that holds what the test puts there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Resource } from '@medplum/fhirtypes';
import type { Logger } from 'pino';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { EnsembleContract } from '../../src/assessment/domain/model-contract.ts';
import type { AuditRecord } from '../../src/assessment/domain/ports.ts';
import { toFault } from '../../src/errors.ts';
import { createNoTokens } from '../../src/fhir/access/access-tokens.ts';
import { createFhirConnection } from '../../src/fhir/access/fhir-connection.ts';
import { createMonitoringRouter } from '../../src/monitoring/create-monitoring-router.ts';
import { createReporter, type Reporter } from '../../src/monitoring/create-reporter.ts';
import { createMonitoringLinks, type MonitoringLinks } from '../../src/security/monitoring-link.ts';
import { createSecurityHeaders } from '../../src/security/security-headers.ts';
import { readPageWords } from '../../src/wiring/build-monitoring.ts';
import { startFhirServer, type TestFhirServer } from './fhir-server.ts';
import { makeTrialEnsemble } from './made-up-trial.ts';

export interface MonitoredSiteOptions {
  readonly resources: readonly Resource[];
  readonly logger: Logger;
  readonly ensemble?: EnsembleContract;
  readonly minimumEvidence?: EvidenceLevel;
  readonly language?: 'en' | 'de';
  readonly now?: () => Date;
  readonly maximumResources?: number;
}

export interface MonitoredSite {
  readonly url: string;
  readonly fhir: TestFhirServer;
  readonly links: MonitoringLinks;
  readonly reporter: Reporter;
  readonly audited: AuditRecord[];
  readonly state: { auditFails: boolean };
  close(): Promise<void>;
}

const LINK_SECRET = 'made-up secret of at least 32 bytes';

export async function openMonitoredSite(options: MonitoredSiteOptions): Promise<MonitoredSite> {
  const { logger, now = () => new Date() } = options;
  const fhir = await startFhirServer({ resources: options.resources });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const connection = createFhirConnection({ baseUrl: fhir.url, tokens: createNoTokens(), identity: 'service' });
  const [audited, state] = [[] as AuditRecord[], { auditFails: false }];
  const links = createMonitoringLinks({ publicUrl: url, secrets: [LINK_SECRET], lifetimeMs: 3_600_000, now });
  const reporter = createReporter({
    ...{ chart: connection, now, timeZone: 'UTC', maximumCtAgeHours: 24 },
    ensemble: options.ensemble ?? makeTrialEnsemble(),
    minimumEvidence: options.minimumEvidence ?? 'in-silico',
    ...(options.maximumResources !== undefined && { maximumResources: options.maximumResources }),
  });
  const app = express();
  app.use(createSecurityHeaders({ publicUrl: url }));
  app.use(
    createMonitoringRouter({
      ...{ reporter, logger, now, timeZone: 'UTC', words: readPageWords(options.language ?? 'en') },
      verifyLink: (query) => links.verify(query),
      audit: {
        record: (record) => {
          if (state.auditFails) return Promise.reject(new Error('the trail is down'));
          audited.push(record);
          return Promise.resolve();
        },
      },
    }),
  );
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error);
    else response.status(toFault(error).status).end();
  });
  server.on('request', app);
  return {
    ...{ url, fhir, links, reporter, audited, state },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await fhir.close();
    },
  };
}
