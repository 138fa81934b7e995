/** What only bytes on a socket can say: smuggled, doubled and broken headers. */
import { makeRequest } from '../order-requests.ts';
import { PHI, SERVICE_PATH, type HostileCase } from './hostile-case.ts';

const body = JSON.stringify(makeRequest());
const length = `Content-Length: ${String(Buffer.byteLength(body))}`;
const lines = (...headers: string[]): string => [`POST ${SERVICE_PATH} HTTP/1.1`, ...headers, '', body].join('\r\n');
const HONEST = ['Host: cds.example.org', 'Content-Type: application/json', 'Authorization: {authorization}'];
const wire = (name: string, status: number, bytes: string, code?: string): HostileCase => ({
  name: `wire: ${name}`,
  status,
  ...(code === undefined ? {} : { code }),
  send: (kit) => kit.wire(bytes),
});

export const HOSTILE_WIRE: readonly HostileCase[] = [
  {
    ...wire('an honest request, to know that this client works', 200, lines(...HONEST, length, 'Connection: close')),
    cards: 1,
  },
  wire('Content-Length and Transfer-Encoding', 400, lines(...HONEST, length, 'Transfer-Encoding: chunked')),
  wire('Transfer-Encoding twice, chunked last', 400, lines(...HONEST, 'Transfer-Encoding: identity, chunked', length)),
  wire('Transfer-Encoding that is not chunked', 400, lines(...HONEST, 'Transfer-Encoding: chunked, identity')),
  wire('two Content-Lengths', 400, lines(...HONEST, length, 'Content-Length: 3')),
  wire('a negative Content-Length', 400, lines(...HONEST, 'Content-Length: -1')),
  wire('a Content-Length with a sign', 400, lines(...HONEST, 'Content-Length: +10')),
  wire('a Content-Length in hexadecimal', 400, lines(...HONEST, 'Content-Length: 0x10')),
  wire('a space before the colon', 400, lines(...HONEST, 'Content-Length : 10')),
  wire('a folded header', 400, lines(...HONEST, 'X-Folded: a\r\n b', length)),
  wire('a null byte in a header', 400, lines(...HONEST, 'X-Null: a\u0000b', length)),
  wire('a bare line feed inside a header', 400, lines(...HONEST, `X-Evil: a\nAuthorization: ${PHI}`, length)),
  wire('no Host', 400, lines(...HONEST.slice(1), length)),
  wire('Host twice', 400, lines('Host: evil.example', ...HONEST, length), 'request-malformed'),
  wire(
    'Authorization twice, the good one first',
    400,
    lines(...HONEST, `Authorization: Bearer ${PHI}`, length),
    'request-malformed',
  ),
  wire(
    'Authorization twice, the good one last',
    400,
    lines(`Authorization: Bearer ${PHI}`, ...HONEST, length),
    'request-malformed',
  ),
  wire('Content-Type twice', 400, lines(...HONEST, 'Content-Type: text/plain', length), 'request-malformed'),
  wire('a body of 50 MB announced', 413, lines(...HONEST, 'Content-Length: 52428800'), 'request-too-large'),
  wire('HTTP/3.7', 400, lines(...HONEST, length).replace('HTTP/1.1', 'HTTP/3.7')),
  wire('no HTTP at all', 400, `${PHI}\r\n\r\n`),
  wire('TLS on the plain port', 400, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n'),
  wire('20 KB of headers', 431, lines(...HONEST, `X-Long: ${'x'.repeat(20_000)}`, length)),
  wire(
    '2 500 headers',
    431,
    lines(...HONEST, ...Array.from({ length: 2500 }, (_one, at) => `X-${String(at)}: 1`), length),
  ),
  wire('half a body, then silence', 400, lines(...HONEST, 'Content-Length: 100000'), 'request-malformed'),
  wire(
    'a broken chunk',
    400,
    [`POST ${SERVICE_PATH} HTTP/1.1`, ...HONEST, 'Transfer-Encoding: chunked', '', 'zz', body].join('\r\n'),
  ),
];
