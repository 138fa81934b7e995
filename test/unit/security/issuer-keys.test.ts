/** A real key server on loopback: how often it is asked, and what its faults do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { isFault } from '../../../src/errors.ts';
import { createCallerVerifier } from '../../../src/security/caller-verifier.ts';
import {
  CALL_URL,
  closeServer,
  ISSUER,
  makeCallerKeys,
  NOW,
  signToken,
  type CallerKeys,
} from '../../contract/cds-harness.ts';

describe('the published keys of an issuer', () => {
  let server: Server;
  let keys: CallerKeys;
  let asked: number;
  let nowMs: number;
  let answer: () => { status: number; body: string; headers?: Record<string, string> };

  beforeEach(async () => {
    keys = await makeCallerKeys('ES384', 'ehr-1');
    asked = 0;
    nowMs = NOW.getTime();
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [keys.publicJwk] }) });
    server = createServer((_request, response) => {
      asked += 1;
      const { status, body, headers } = answer();
      setTimeout(() => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body), 5);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => closeServer(server));

  function makeVerifier(maximumAgeMs = 600_000) {
    const { port } = server.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${String(port)}/jwks.json`;
    return createCallerVerifier({
      issuers: [{ issuer: ISSUER, jwksUrl }],
      replay: { claim: () => Promise.resolve(true), purgeExpired: () => Promise.resolve(0) },
      logger: pino({ enabled: false }),
      now: () => new Date(nowMs),
      keys: { maximumBytes: 4096, timeoutMs: 500, maximumAgeMs },
    });
  }

  type Verifier = ReturnType<typeof makeVerifier>;
  const verify = async (verifier: Verifier, header: object = {}, own = keys): Promise<unknown> => {
    const authorization = `Bearer ${await signToken(own, { iat: nowMs / 1000, exp: nowMs / 1000 + 300 }, { ...header })}`;
    return verifier.verify({ authorization, url: CALL_URL }).then(
      () => 'accepted',
      (error: unknown) => (isFault(error) ? error.details['refusal'] : error),
    );
  };

  it('are fetched once for many callers at the same time', async () => {
    const verifier = makeVerifier();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => verify(verifier)));
    expect(new Set(outcomes)).to.deep.equal(new Set(['accepted']));
    expect(asked).to.equal(1);
  });

  it('are kept: a later call asks nobody', async () => {
    const verifier = makeVerifier();
    await verify(verifier);
    await verify(verifier);
    expect(asked).to.equal(1);
  });

  it('are not fetched again during the cooldown for tokens that name unknown keys', async () => {
    const verifier = makeVerifier();
    await verify(verifier);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await verify(verifier, { kid: `made-up-${String(attempt)}` })).to.equal('key-unknown');
    }
    expect(asked).to.equal(1);
  });

  it('after a failed fetch are not asked for until the cooldown is over', async () => {
    const verifier = makeVerifier();
    answer = () => ({ status: 500, body: 'broken' });
    expect(await verify(verifier)).to.equal('keys-unavailable');
    expect(await verify(verifier)).to.equal('keys-unavailable');
    expect(asked).to.equal(1);
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [keys.publicJwk] }) });
    nowMs += 31_000;
    expect(await verify(verifier)).to.equal('accepted');
  });

  it('are asked for again at once when the clock that counted the cooldown was set back', async () => {
    const verifier = makeVerifier();
    answer = () => ({ status: 500, body: 'the network is not up yet' });
    expect(await verify(verifier)).to.equal('keys-unavailable');
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [keys.publicJwk] }) });
    nowMs -= 3_600_000;
    expect(await verify(verifier)).to.equal('accepted');
  });

  it('stand in for an hour while the key server is away or shows a maintenance page, and no longer', async () => {
    const verifier = makeVerifier(0);
    expect(await verify(verifier)).to.equal('accepted');
    answer = () => ({ status: 200, body: '<html>maintenance</html>' });
    nowMs += 31_000;
    expect(await verify(verifier)).to.equal('accepted');
    answer = () => ({ status: 503, body: '' });
    nowMs += 3_600_000;
    expect(await verify(verifier)).to.equal('keys-unavailable');
  });

  it('are not followed to another address', async () => {
    answer = () => ({ status: 302, body: '', headers: { location: 'http://127.0.0.1:1/other.json' } });
    expect(await verify(makeVerifier())).to.equal('keys-unavailable');
  });

  it('are refused when the answer is too large', async () => {
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [keys.publicJwk], pad: 'x'.repeat(10_000) }) });
    expect(await verify(makeVerifier())).to.equal('keys-unavailable');
  });

  it('are refused when the answer is not a key set', async () => {
    answer = () => ({ status: 200, body: '<html>maintenance</html>' });
    expect(await verify(makeVerifier())).to.equal('keys-unavailable');
  });
});
