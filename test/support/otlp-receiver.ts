/** A collector for tests: takes OTLP/HTTP in JSON on a free loopback port and keeps the spans as they were sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly traceState?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface OtlpReceiver {
  readonly endpoint: string;
  /** Every body as it came, for what must not be in it. */
  readonly bodies: readonly string[];
  readonly spans: () => readonly ReceivedSpan[];
  /** Names from the root down to the span: `['cds.call', 'queue.request', …]`. */
  readonly pathOf: (span: ReceivedSpan) => readonly string[];
  /** From now on: answer with this status. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes'> & {
        readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
      })[];
    }[];
  }[];
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') bodies.push(text);
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const spans = (): ReceivedSpan[] => bodies.flatMap(readSpans);
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    bodies,
    spans,
    pathOf: (span) => {
      const all = spans();
      const path = [span.name];
      for (let at = span; ;) {
        const parent = all.find(({ spanId }) => spanId === at.parentSpanId);
        if (!parent) return path;
        path.unshift(parent.name);
        at = parent;
      }
    },
    answerWith: (next) => void (status = next),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function readSpans(body: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body) as OtlpBody;
  return resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
      })),
    ),
  );
}
