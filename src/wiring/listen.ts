/** A server that listens, or a Fault that says why not; and one that stops without cutting answers off. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { Fault } from '../errors.ts';

/** How long open connections may take to end by themselves. */
const DRAIN_MS = 5_000;

export interface Listening {
  readonly server: Server;
  readonly url: string;
}

/** Binds first, so that the address is known before routes are made from it. Throws Fault `config-invalid`. */
export async function bind(host: string, port: number): Promise<Listening> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Fault('config-invalid', `HOST and PORT: cannot listen on ${host}:${String(port)}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${String(bound)}` };
}

export function serve(server: Server, app: Express): void {
  server.on('request', app);
}

export async function closeServer(server: Server): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await drained;
  clearTimeout(cut);
}
