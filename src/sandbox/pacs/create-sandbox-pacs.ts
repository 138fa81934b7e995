/**
 * A DICOMweb archive for the demo and the tests: QIDO-RS, WADO-RS, STOW-RS over instances in memory, on a real
 * loopback socket. It does not transcode, keeps nothing on disk and asks nobody who they are: never a product.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import { toFault } from '../../errors.ts';
import {
  createFaultSwitch,
  toRequestKind,
  type FaultScope,
  type PacsFault,
  type PacsRequestKind,
} from './fault-switch.ts';
import { createInstanceIndex, type InstanceIndex } from './instance-index.ts';
import { readInstance, type StoredInstance } from './read-instance.ts';
import { renderThumbnail } from './render-thumbnail.ts';
import { searchInstances, type SearchLevel } from './search.ts';
import { sendInstances } from './send-instances.ts';
import { storeInstances } from './store-instances.ts';

const BASE_PATH = '/dicom-web';
const MAXIMUM_STORE_BYTES = '512mb';

export interface SandboxPacsOptions {
  readonly host?: string;
  /** 0 = any free port. */
  readonly port?: number;
  /** Told of each study that objects were stored in over the network, once they are there. */
  readonly onStored?: (studyInstanceUid: string) => void;
  readonly logger: Logger;
}

export interface SandboxPacs {
  /** DICOMweb base address, without a trailing slash. */
  readonly url: string;
  /** Stores one DICOM file; throws Fault `dicom-malformed` when it is none. */
  store(bytes: Uint8Array): StoredInstance;
  removeStudy(studyInstanceUid: string): void;
  /** All instances of a study, as stored. */
  list(studyInstanceUid: string): readonly StoredInstance[];
  /** Switches a fault on (or off with undefined). */
  setFault(fault: PacsFault | undefined, scope?: FaultScope): void;
  /** Requests of a kind so far, faults included. */
  countRequests(kind: PacsRequestKind): number;
  close(): Promise<void>;
}

export async function createSandboxPacs(options: SandboxPacsOptions): Promise<SandboxPacs> {
  const { host = '127.0.0.1', port = 0, logger } = options;
  const index = createInstanceIndex();
  const faults = createFaultSwitch();
  const counts = new Map<PacsRequestKind, number>();
  const address = { url: '' };
  const app = express().disable('x-powered-by').disable('etag');
  app.use((request, _response, next) => {
    const kind = toRequestKind(request);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    next();
  });
  const router = express.Router();
  addSearch(router, index, faults.guard('search'), address);
  addRetrieval(router, index, faults);
  addStorage(router, index, faults.guard('store'), address, options.onStored);
  app.use(BASE_PATH, router);
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const fault = toFault(error);
    if (fault.status >= 500) logger.error({ code: fault.code }, 'sandbox archive: request failed');
    response.status(fault.code === 'dicom-malformed' ? 400 : fault.status).json({ message: fault.message });
  });
  const server = await listen(createServer(app), host, port);
  address.url = `http://${host}:${String((server.address() as AddressInfo).port)}${BASE_PATH}`;
  return {
    url: address.url,
    store(bytes) {
      const instance = readInstance(bytes);
      index.add(instance);
      return instance;
    },
    removeStudy: (studyInstanceUid) => index.remove(studyInstanceUid),
    list: (studyInstanceUid) => index.list({ study: studyInstanceUid }),
    setFault: (fault, scope) => faults.set(fault, scope),
    countRequests: (kind) => counts.get(kind) ?? 0,
    close: () => closeServer(server),
  };
}

type Guard = ReturnType<ReturnType<typeof createFaultSwitch>['guard']>;

function addSearch(router: Router, index: InstanceIndex, guard: Guard, address: { readonly url: string }): void {
  const search = (level: SearchLevel) => (request: Request, response: Response) => {
    const { study, series } = request.params as Record<string, string>;
    const found = searchInstances(index, {
      level,
      address: { ...(study && { study }), ...(series && { series }) },
      query: request.query,
      baseUrl: address.url,
    });
    response.type('application/dicom+json').send(JSON.stringify(found));
  };
  router.get('/studies', guard, search('studies'));
  router.get(['/series', '/studies/:study/series'], guard, search('series'));
  router.get(
    ['/instances', '/studies/:study/instances', '/studies/:study/series/:series/instances'],
    guard,
    search('instances'),
  );
}

const RETRIEVABLE = [
  '/studies/:study',
  '/studies/:study/series/:series',
  '/studies/:study/series/:series/instances/:instance',
];

function addRetrieval(router: Router, index: InstanceIndex, faults: ReturnType<typeof createFaultSwitch>): void {
  for (const path of RETRIEVABLE) {
    router.get(`${path}/metadata`, faults.guard('metadata'), (request, response) => {
      const found = index.list(request.params);
      if (found.length === 0) response.status(404).json({ message: 'No such study, series or instance' });
      else response.type('application/dicom+json').send(JSON.stringify(found.map(({ metadata }) => metadata)));
    });
    router.get(`${path}/thumbnail`, (request, response) => {
      const png = renderThumbnail(index.list(request.params));
      if (png) response.type('png').set('Cache-Control', 'no-store').send(png);
      else response.status(404).json({ message: 'No slice that can be drawn' });
    });
    router.get(path, faults.guard('retrieve'), (request, response) => {
      sendInstances(response, request.headers.accept, index.list(request.params));
    });
  }
}

function addStorage(
  router: Router,
  index: InstanceIndex,
  guard: Guard,
  address: { readonly url: string },
  onStored: SandboxPacsOptions['onStored'],
): void {
  const body = express.raw({ type: 'multipart/related', limit: MAXIMUM_STORE_BYTES });
  router.post(['/studies', '/studies/:study'], guard, body, (request, response) => {
    if (!Buffer.isBuffer(request.body)) {
      response.status(415).json({ message: 'STOW-RS takes multipart/related; type="application/dicom"' });
      return;
    }
    const answer = storeInstances({
      contentType: request.headers['content-type'] ?? '',
      body: request.body,
      study: (request.params as Record<string, string | undefined>)['study'],
      baseUrl: address.url,
    });
    for (const instance of answer.stored) index.add(instance);
    for (const study of new Set(answer.stored.map((instance) => instance.studyInstanceUid))) onStored?.(study);
    response.status(answer.status).type('application/dicom+json').send(JSON.stringify(answer.dataset));
  });
}

async function listen(server: Server, host: string, port: number): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
