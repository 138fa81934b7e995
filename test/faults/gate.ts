/**
 * A gate in front of a real server: every request and every answer of the service passes here and is handed on
 * unchanged, unless a fault is switched on. It names the moments at which a process can be killed: when a request was
 * received, when the server has done the work and nobody has been told, half-way through the answer, and after it.
 */
import { createServer, request as openRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export const MOMENTS = ['received', 'worked', 'half-sent', 'answered'] as const;

export interface Passage {
  readonly moment: (typeof MOMENTS)[number];
  readonly method: string;
  /** Path and query, as the service asked. */
  readonly path: string;
}

export type GateFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The server's own answer ends half-way, with its headers as if it were whole; or the connection is cut there. */
  | { readonly kind: 'half'; readonly ends: 'cleanly' | 'cut' }
  /** The server does its work and the connection is cut before a byte of the answer. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'slow'; readonly delayMs: number };

export interface Gate {
  readonly url: string;
  /** Asked for each request; undefined lets it pass. */
  setFault(
    choose: ((request: { readonly method: string; readonly path: string }) => GateFault | undefined) | undefined,
  ): void;
  /** Told of every moment, synchronously; returns how to stop listening. */
  watch(listener: (passage: Passage) => void): () => void;
  close(): Promise<void>;
}

export interface GateOptions {
  /** Base address behind the gate. */
  readonly target: string;
  /** Before a request is handed on. */
  readonly prepare?: (path: string) => Promise<void> | void;
}

/** Written anew for the gate's own answer. */
const OF_ONE_CONNECTION = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive']);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function openGate({ target, prepare }: GateOptions): Promise<Gate> {
  const { port, pathname } = new URL(target);
  const listeners = new Set<(passage: Passage) => void>();
  let choose: Parameters<Gate['setFault']>[0];
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [method, path] = [request.method ?? 'GET', request.url ?? '/'];
    const tell = (moment: Passage['moment']): void => listeners.forEach((hear) => hear({ moment, method, path }));
    const body = await readAll(request);
    tell('received');
    const fault = choose?.({ method, path });
    if (fault?.kind === 'slow') await pause(fault.delayMs);
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/fhir+json', ...fault.headers });
      response.end(fault.body ?? '');
      return;
    }
    await prepare?.(path);
    const answer = await ask({ host: '127.0.0.1', port, method, path, headers: request.headers }, body);
    tell('worked');
    await relay(response, answer, fault, tell);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${pathname === '/' ? '' : pathname}`,
    setFault: (next) => void (choose = next),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function relay(
  response: ServerResponse,
  { status, headers, body }: Answer,
  fault: GateFault | undefined,
  tell: (moment: Passage['moment']) => void,
): Promise<void> {
  if (fault?.kind === 'silence') {
    response.destroy();
    return;
  }
  const half = Math.floor(body.length / 2);
  const isCleanHalf = fault?.kind === 'half' && fault.ends === 'cleanly';
  const kept = Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.has(name));
  const length = String(isCleanHalf ? half : body.length);
  response.writeHead(status, { ...Object.fromEntries(kept), 'content-length': length });
  await send(response, body.subarray(0, half));
  tell('half-sent');
  if (fault?.kind === 'half') {
    if (isCleanHalf) response.end();
    else response.destroy();
    return;
  }
  await send(response, body.subarray(half));
  response.end();
  tell('answered');
}

function send(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

function ask(options: RequestOptions, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const upstream = openRequest({ ...options, agent: false }, (answer) => {
      readAll(answer).then(
        (whole) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: whole }),
        reject,
      );
    });
    upstream.once('error', reject);
    upstream.end(body);
  });
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
