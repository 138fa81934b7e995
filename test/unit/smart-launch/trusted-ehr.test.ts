import { expect } from 'chai';
import { findTrustedEhr, isSafeEndpoint, requireTrustedEhrs } from '../../../src/smart-launch/trusted-ehr.ts';

const ENTRY = { iss: 'https://ehr.example/fhir', clientId: 'app' };

describe('EHRs that may launch', () => {
  it('are public clients with launch, identity and user by default', () => {
    expect(requireTrustedEhrs([ENTRY])[0]).to.deep.equal({
      ...ENTRY,
      clientAuth: 'public',
      scope: 'launch openid fhirUser',
    });
  });

  const WRONG: Record<string, unknown> = {
    'no list': ENTRY,
    'an empty list': [],
    'plain http': [{ ...ENTRY, iss: 'http://ehr.example/fhir' }],
    'credentials in the address': [{ ...ENTRY, iss: 'https://a:b@ehr.example/fhir' }],
    'a secret without its method': [{ ...ENTRY, clientSecret: 'x' }],
    'a method without its secret': [{ ...ENTRY, clientAuth: 'client-secret' }],
    'a scope without openid': [{ ...ENTRY, scope: 'launch' }],
    'an unknown member': [{ ...ENTRY, jwks: 'x' }],
    'the same EHR twice': [ENTRY, { ...ENTRY, iss: `${ENTRY.iss}/` }],
  };
  for (const [what, value] of Object.entries(WRONG)) {
    it(`are not ${what}`, () => expect(() => requireTrustedEhrs(value)).to.throw('SMART_EHRS_FILE'));
  }

  it('never repeat a value in the fault: it may be a secret', () => {
    const wrong = [{ ...ENTRY, clientAuth: 'public', clientSecret: 'very-secret' }];
    expect(() => requireTrustedEhrs(wrong))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('very-secret');
  });

  it('are found by the whole address, but for slashes at its end', () => {
    const ehrs = requireTrustedEhrs([ENTRY]);
    expect(findTrustedEhr(ehrs, 'https://ehr.example/fhir/')).to.not.equal(undefined);
    for (const other of ['https://ehr.example', 'https://ehr.example/fhir2', 'HTTPS://EHR.EXAMPLE/fhir/../x', '']) {
      expect(findTrustedEhr(ehrs, other), other).to.equal(undefined);
    }
  });

  it('are asked by TLS, or on this machine', () => {
    expect(['https://a.example/x', 'http://127.0.0.1:1/x', 'http://localhost/x'].every(isSafeEndpoint)).to.equal(true);
    const unsafe = [
      'http://10.0.0.1/x',
      'http://localhost.evil.example',
      'ftp://a',
      'javascript:1',
      'https://a/#b',
      '',
    ];
    expect(unsafe.filter(isSafeEndpoint)).to.deep.equal([]);
  });
});
