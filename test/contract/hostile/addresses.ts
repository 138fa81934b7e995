/** Paths and methods beside the three endpoints. */
import { PUBLIC_URL } from '../cds-harness.ts';
import { makeRequest } from '../order-requests.ts';
import { PHI, SERVICE_PATH, type HostileCase } from './hostile-case.ts';

const honest = JSON.stringify(makeRequest());
const at = (path: string, status: number, code: string): HostileCase => ({
  name: `address: POST ${path.slice(0, 60)}`,
  status,
  code,
  send: (kit) => kit.post(honest, {}, path),
});
const by = (method: string, path: string, status: number, code?: string): HostileCase => ({
  name: `method: ${method} ${path}`,
  status,
  ...(code === undefined ? {} : { code }),
  send: (kit) => kit.request(method, path),
});
const feedback = (name: string, body: unknown): HostileCase => ({
  name: `feedback: ${name}`,
  status: 400,
  code: 'request-malformed',
  send: (kit) => kit.post(typeof body === 'string' ? body : JSON.stringify(body), {}, `${SERVICE_PATH}/feedback`),
});
const entry = {
  card: '4e0a3a1e-3283-4575-ab82-028d55fe2719',
  outcome: 'overridden',
  outcomeTimestamp: '2026-11-23T11:00:00Z',
};

export const HOSTILE_ADDRESSES: readonly HostileCase[] = [
  ...[
    'unknown',
    '__proto__',
    'constructor',
    'toString',
    'thrombectomy-risk%00',
    'Thrombectomy-Risk',
    "x'%20OR%201",
  ].map((id) => at(`/cds-services/${id}`, 404, 'service-unknown')),
  ...['..%2fadmin', '..%5cadmin', 'x'.repeat(2000)].map((id) => at(`/cds-services/${id}`, 401, 'caller-unverified')),
  at(`${SERVICE_PATH}/`, 404, 'not-found'),
  at(`${SERVICE_PATH}/feedback/`, 404, 'not-found'),
  at(`${SERVICE_PATH}/analytics/${PHI}`, 404, 'not-found'),
  at('/cds-services/unknown/feedback', 404, 'service-unknown'),
  at('/cds-services/%E0%A4%A', 400, 'request-malformed'),
  {
    name: 'address: the escaped spelling of the service, with a token for its real address',
    status: 200,
    cards: 1,
    async send(kit) {
      const authorization = `Bearer ${await kit.harness.sign({ aud: PUBLIC_URL + SERVICE_PATH })}`;
      return kit.post(honest, { authorization }, '/cds-services/thrombectomy%2Drisk');
    },
  },
  {
    name: 'address: a query is no part of the endpoint',
    status: 200,
    cards: 1,
    async send(kit) {
      const authorization = `Bearer ${await kit.harness.sign({ aud: PUBLIC_URL + SERVICE_PATH })}`;
      return kit.post(honest, { authorization }, `${SERVICE_PATH}?hook=patient-view&__proto__[x]=1`);
    },
  },
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map((method) => by(method, SERVICE_PATH, 405, 'method-not-allowed')),
  ...['POST', 'PUT', 'DELETE'].map((method) => by(method, '/cds-services', 405, 'method-not-allowed')),
  ...['GET', 'DELETE'].map((method) => by(method, `${SERVICE_PATH}/feedback`, 405, 'method-not-allowed')),
  by('HEAD', SERVICE_PATH, 405),
  by('HEAD', '/cds-services', 200),

  feedback('an empty list', { feedback: [] }),
  feedback('no list', { feedback: entry }),
  feedback('a card that is no uuid', { feedback: [{ ...entry, card: PHI }] }),
  feedback('an unknown outcome', { feedback: [{ ...entry, outcome: 'ignored' }] }),
  feedback('accepted without suggestions', { feedback: [{ ...entry, outcome: 'accepted' }] }),
  feedback('a time without a zone', { feedback: [{ ...entry, outcomeTimestamp: '2026-11-23T11:00:00' }] }),
  feedback('the thirteenth month', { feedback: [{ ...entry, outcomeTimestamp: '2026-13-01T00:00:00Z' }] }),
  feedback('201 entries', { feedback: Array.from({ length: 201 }, () => entry) }),
  feedback('a comment of 5 000 characters', {
    feedback: [{ ...entry, overrideReason: { userComment: PHI.repeat(300) } }],
  }),
  feedback('a reason without its system', { feedback: [{ ...entry, overrideReason: { reason: { code: PHI } } }] }),
  feedback('the outcome twice', `{"feedback":[{"outcome":"accepted",${JSON.stringify(entry).slice(1)}]}`),
];
