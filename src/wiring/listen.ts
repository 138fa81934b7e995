/** A server that listens, or a Fault that says why not; and one that stops without cutting answers off. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Express } from 'express';
import { Fault } from '../errors.ts';

/** How long open connections may take to end by themselves. */
const DRAIN_MS = 5_000;
/** A few turns of the event loop: accept, read, answer. */
const CLEAR_MS = 20;

export interface Listening {
  readonly server: Server;
  readonly url: string;
}

/** Binds first, so that the address is known before routes are made from it. Throws Fault `config-invalid`. */
export async function bind(host: string, port: number): Promise<Listening> {
  const server = createServer(answerStarting);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Fault('config-invalid', `HOST and PORT: cannot listen on ${host}:${String(port)}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${String(bound)}` };
}

/** Before the rooms are open: alive, not ready, and nothing is left hanging. */
function answerStarting(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const isAlive = request.url === '/livez';
  response.writeHead(isAlive ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '5' });
  response.end(JSON.stringify(isAlive ? { status: 'up' } : { code: 'starting', message: 'The service is starting' }));
}

/**
 * Whoever called while the rooms were made, and found nobody listening, hears that the service is starting: answered
 * now, their order would be late already.
 */
export async function serve(server: Server, app: Express): Promise<void> {
  await pause(CLEAR_MS);
  server.off('request', answerStarting);
  server.on('request', app);
}

export async function closeServer(server: Server): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await drained;
  clearTimeout(cut);
}
