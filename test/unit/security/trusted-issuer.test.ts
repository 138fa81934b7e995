import { expect } from 'chai';
import { isFault } from '../../../src/errors.ts';
import { isLoopbackHost, requireTrustedIssuers } from '../../../src/security/trusted-issuer.ts';

const codeOf = (value: unknown): unknown => {
  try {
    requireTrustedIssuers(value);
    return 'accepted';
  } catch (error) {
    return isFault(error) ? error.code : error;
  }
};

describe('trusted issuers, as configured', () => {
  const good = { issuer: 'https://ehr.example', jwksUrl: 'https://ehr.example/jwks.json' };

  it('accepts an issuer with the address of its keys', () => {
    expect(codeOf([good])).to.equal('accepted');
  });
  it('refuses an empty list: nobody could call', () => {
    expect(codeOf([])).to.equal('config-invalid');
  });
  it('refuses an issuer with no keys, and one with two sources of keys', () => {
    expect(codeOf([{ issuer: 'a' }])).to.equal('config-invalid');
    const keys = [{ kty: 'EC', kid: 'x' }];
    expect(codeOf([{ ...good, jwks: { keys } }])).to.equal('config-invalid');
  });
  it('refuses keys over plain http, except on loopback', () => {
    expect(codeOf([{ ...good, jwksUrl: 'http://ehr.example/jwks.json' }])).to.equal('config-invalid');
    expect(codeOf([{ ...good, jwksUrl: 'http://127.0.0.1:8080/jwks.json' }])).to.equal('accepted');
  });
  it('refuses a FHIR server over plain http, except on loopback: the token of a caller goes there', () => {
    const withServer = (address: string) => codeOf([{ ...good, fhirServers: ['https://a.example/fhir', address] }]);
    expect(withServer('http://b.example/fhir')).to.equal('config-invalid');
    expect(withServer('https://b.example/fhir')).to.equal('accepted');
    expect(withServer('http://[::1]:8080/fhir')).to.equal('accepted');
  });
  it('refuses a private key in the list', () => {
    const keys = [{ kty: 'EC', kid: 'x', d: 'secret' }];
    expect(codeOf([{ issuer: 'a', jwks: { keys } }])).to.equal('config-invalid');
  });
  it('refuses a symmetric key', () => {
    expect(codeOf([{ issuer: 'a', jwks: { keys: [{ kty: 'oct', kid: 'x', k: 'AAAA' }] } }])).to.equal('config-invalid');
  });
  it('refuses HS256 among the algorithms', () => {
    expect(codeOf([{ ...good, algorithms: ['HS256'] }])).to.equal('config-invalid');
  });
  it('refuses a misspelt field instead of ignoring it', () => {
    expect(codeOf([{ ...good, tenant: ['north'] }])).to.equal('config-invalid');
  });
  it('refuses the same issuer twice', () => {
    expect(codeOf([good, good])).to.equal('config-invalid');
  });
  it('knows loopback by all its names and nothing else', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1']) {
      expect(isLoopbackHost(host), host).to.equal(true);
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.evil.example', '127.0.0.1.evil.example', '']) {
      expect(isLoopbackHost(host), host).to.equal(false);
    }
  });
});
