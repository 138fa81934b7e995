/**
 * A CDS service that says what it is told to say and remembers what it was sent: for testing EHRs without the
 * real service behind them. A real loopback server.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

export interface ReceivedCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}

export interface ScriptedCdsService {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** What the next calls are answered with. */
  answer(status: number, body: unknown): void;
  /** Calls of this hook wait, with the answer of now, until the returned function is called. */
  hold(hook: string): () => void;
  close(): Promise<void>;
}

export async function createScriptedCdsService(services: readonly unknown[]): Promise<ScriptedCdsService> {
  const calls: ReceivedCall[] = [];
  const next: { status: number; body: unknown } = { status: 200, body: { cards: [] } };
  const held = new Map<string, Promise<void>>();
  const app = express();
  app.use(express.json({ limit: '5mb' }));
  app.get('/cds-services', (_request, response) => response.json({ services }));
  app.post('/cds-services/*rest', async (request, response) => {
    calls.push({
      path: request.path,
      authorization: request.headers.authorization,
      body: request.body as Record<string, unknown>,
    });
    const { status, body } = { ...next };
    await held.get(String((request.body as Record<string, unknown>)['hook']));
    if (request.path.endsWith('/feedback')) response.json({});
    else if (typeof body === 'string') response.status(status).type('text').send(body);
    else response.status(status).json(body);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    calls,
    answer: (status, body) => Object.assign(next, { status, body }),
    hold(hook) {
      let release: () => void = () => undefined;
      held.set(hook, new Promise((resolve) => (release = resolve)));
      return () => {
        held.delete(hook);
        release();
      };
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Discovery entries of a service like ours: one id, both order hooks. */
export const THROMBECTOMY_SERVICES = ['order-select', 'order-sign'].map((hook) => ({
  hook,
  id: 'thrombectomy-risk',
  title: 'Thrombectomy risk',
  description: 'Scripted',
  prefetch: {
    patient: 'Patient/{{context.patientId}}',
    imagingStudies: 'ImagingStudy?patient={{context.patientId}}&_sort=-started&_count=20',
    encounter: 'Encounter/{{context.encounterId}}',
    unknown: 'Patient/{{context.nothingSuch}}',
  },
}));

export const SCRIPTED_CARD = {
  uuid: '4f9e4c1e-8c71-4c0f-9d0e-0d9d7a2b7a10',
  summary: 'Hemorrhage suspected on the CT itself',
  indicator: 'critical',
  detail: '**Look first.** <script>alert(1)</script>\n\n- slice 14\n\n[why](https://example.org/why)',
  source: { label: 'Scripted service', topic: { system: 'urn:test', code: 'ich-present' } },
  links: [{ label: 'Evidence', url: 'http://127.0.0.1:9/evidence', type: 'absolute' }],
  overrideReasons: [{ system: 'urn:test', code: 'known', display: 'Already known' }],
};
