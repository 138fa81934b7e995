/** The published-evidence page alone, on a real loopback server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { loadPublishedEvidence } from '../../evidence/published-evidence.ts';
import type { Language } from '../../evidence/readable-numbers.ts';
import { createTextChooser } from '../../src/viewer/page-texts.ts';
import { createPublishedRouter } from '../../src/viewer/published/create-published-router.ts';

const ASSETS = fileURLToPath(new URL('../../src/viewer/browser/', import.meta.url));

/** The page under its address; who asks for no language gets this one. */
export async function servePublishedPage(language: Language): Promise<{ url: string; close(): Promise<void> }> {
  const app = express();
  app.use(
    createPublishedRouter({
      evidence: loadPublishedEvidence(),
      chooseTexts: createTextChooser(language),
      usualPool: 'any-ich',
    }),
  );
  app.use('/evidence-assets', express.static(ASSETS));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/evidence/published`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
