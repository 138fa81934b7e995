/**
 * A FHIR R4 server on the loopback interface, for the demo and the tests. It keeps everything in memory, asks
 * for no token unless `before` does, and is not made for anybody's data but the sandbox's.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Resource } from '@medplum/fhirtypes';
import { createFhirRouter } from './create-fhir-router.ts';
import { loadFhirDefinitions } from './load-definitions.ts';
import { SandboxRepository } from './sandbox-repository.ts';

export interface SandboxFhirServerOptions {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Stored before the server listens, with the ids they carry. */
  readonly resources?: readonly Resource[];
  readonly logger?: Logger;
  /** Runs before every request: tokens, faults, delays. */
  readonly before?: RequestHandler;
  /** Both true unless said otherwise. */
  readonly transactions?: boolean;
  readonly conditionalCreate?: boolean;
}

export interface SandboxFhirServer {
  /** FHIR base address, without a trailing slash. */
  readonly url: string;
  readonly repository: SandboxRepository;
  close(): Promise<void>;
}

/** Starts listening on 127.0.0.1. Throws when the port is taken or a resource is invalid. */
export async function createSandboxFhirServer(options: SandboxFhirServerOptions = {}): Promise<SandboxFhirServer> {
  const repository = await createSandboxRepository(options.resources);
  const app = express();
  app.disable('x-powered-by');
  if (options.before) app.use(options.before);
  const { transactions = true, conditionalCreate = true } = options;
  app.use('/fhir', createFhirRouter({ repository, transactions, conditionalCreate }));
  const server = createServer(app).listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`;
  options.logger?.info({ url }, 'sandbox FHIR server is listening');
  return {
    url,
    repository,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The repository alone, filled: for a sandbox that mounts createFhirRouter in an app of its own. */
export async function createSandboxRepository(resources: readonly Resource[] = []): Promise<SandboxRepository> {
  loadFhirDefinitions();
  const repository = new SandboxRepository();
  for (const resource of resources) await repository.createResource(resource);
  return repository;
}
