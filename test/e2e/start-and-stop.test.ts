import express from 'express';
import { expect } from 'chai';
import { parseConfig } from '../../src/config/parse-config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { startService } from '../../src/start-service.ts';
import { createClosers } from '../../src/wiring/closers.ts';
import { bind, closeServer, serve } from '../../src/wiring/listen.ts';

const logger = createLogger({ level: 'silent' });

/** Settings of a service whose chart and PACS are not there. */
const LONELY = parseConfig({
  PORT: '0',
  FHIR_BASE_URL: 'http://127.0.0.1:9/fhir',
  PACS_BASE_URL: 'http://127.0.0.1:9/dicom-web',
  PACS_REACH: 'loopback',
  CDS_AUTH: 'insecure-loopback',
  DATA_DIR: 'memory',
  ENSEMBLE_FILE: 'test/fixtures/models/small-ensemble.json',
});

describe('start and stop', function () {
  this.timeout(60_000);

  it('answers before it is ready: alive, and 503 for everything else', async () => {
    const { server, url } = await bind('127.0.0.1', 0);
    const alive = await fetch(`${url}/livez`);
    const order = await fetch(`${url}/cds-services/thrombectomy-risk`, { method: 'POST', body: '{}' });
    expect([alive.status, order.status]).to.deep.equal([200, 503]);
    expect(await order.json()).to.include({ code: 'starting' });
    await serve(
      server,
      express().get('/livez', (_request, response) => void response.json('app')),
    );
    expect(await (await fetch(`${url}/livez`)).json()).to.equal('app');
    await closeServer(server);
  });

  it('says which address is taken', async () => {
    const first = await bind('127.0.0.1', 0);
    const port = Number(new URL(first.url).port);
    const failure = await bind('127.0.0.1', port).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'config-invalid');
    await closeServer(first.server);
  });

  it('closes what was opened last first, and goes on after one that fails', async () => {
    const closers = createClosers(logger);
    const closed: string[] = [];
    for (const name of ['database', 'networks', 'work', 'server']) {
      closers.add(name, () => {
        closed.push(name);
        return name === 'work' ? Promise.reject(new Error('stuck')) : Promise.resolve();
      });
    }
    await closers.closeAll();
    expect(closed).to.deep.equal(['server', 'work', 'networks', 'database']);
  });

  it('may be stopped while the networks warm up: no failure, no crash', async () => {
    const service = await startService({ config: LONELY, logger, environment: { ORT_DISABLE_TELEMETRY: '1' } });
    await service.close();
    await service.whenReady();
  });

  it('refuses to start without the telemetry switch', async () => {
    const failure = await startService({ config: LONELY, logger, environment: {} }).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'config-invalid');
  });
});
