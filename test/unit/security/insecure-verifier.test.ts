import { expect } from 'chai';
import { pino } from 'pino';
import { Fault } from '../../../src/errors.ts';
import { createInsecureVerifier } from '../../../src/security/insecure-verifier.ts';

const logger = pino({ enabled: false });
const isAccepted = (remoteAddress: string | undefined, host: string | undefined): Promise<boolean> =>
  createInsecureVerifier({ bindHost: '127.0.0.1', logger })
    .verify({ remoteAddress, host })
    .then(
      () => true,
      () => false,
    );

describe('calls without a token (sandbox)', () => {
  for (const bindHost of ['0.0.0.0', '::', '10.1.2.3', 'cds.example.org', '']) {
    it(`are refused at start on ${bindHost || 'no address'}`, () => {
      expect(() => createInsecureVerifier({ bindHost, logger })).to.throw(Fault, /loopback/);
    });
  }
  it('are accepted from this machine', async () => {
    expect(await isAccepted('127.0.0.1', '127.0.0.1:8080')).to.equal(true);
    expect(await isAccepted('::1', '[::1]:8080')).to.equal(true);
    expect(await isAccepted('::ffff:127.0.0.1', 'localhost:8080')).to.equal(true);
  });
  it('are refused from another address, even if the port was opened to it', async () => {
    expect(await isAccepted('10.0.0.7', 'localhost:8080')).to.equal(false);
    expect(await isAccepted(undefined, 'localhost')).to.equal(false);
  });
  it('are refused under another host name: a rebound name in a browser', async () => {
    expect(await isAccepted('127.0.0.1', 'evil.example:8080')).to.equal(false);
    expect(await isAccepted('127.0.0.1', undefined)).to.equal(false);
  });
});
