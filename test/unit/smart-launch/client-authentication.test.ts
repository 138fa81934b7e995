/** How the token endpoint learns who we are: SMART App Launch 2.2, client-confidential-symmetric and -asymmetric. */
import { expect } from 'chai';
import { decodeProtectedHeader, generateKeyPair, jwtVerify } from 'jose';
import { chooseClientAuthentication } from '../../../src/smart-launch/client-authentication.ts';
import { requireTrustedEhrs } from '../../../src/smart-launch/trusted-ehr.ts';
import { createLaunchScene, CLIENT_ID } from '../../support/launch-scene.ts';

describe('client authentication of a launch', function () {
  this.timeout(60_000);

  it('signs an assertion for the token endpoint itself, short-lived, with our key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES384');
    const entry = { clientAuth: 'private-key-jwt' };
    const scene = await createLaunchScene({ entry, key: { kid: 'ours', key: privateKey } });
    expect(await scene.launch()).to.contain('/evidence/');
    const { body } = scene.ehr.tokenRequests[0]!;
    const assertion = body['client_assertion']!;
    expect(decodeProtectedHeader(assertion)).to.deep.equal({ alg: 'ES384', kid: 'ours', typ: 'JWT' });
    const { payload } = await jwtVerify(assertion, publicKey, {
      audience: scene.ehr.tokenUrl,
      issuer: CLIENT_ID,
      subject: CLIENT_ID,
      requiredClaims: ['jti', 'exp'],
    });
    expect(payload.exp! - payload.iat!).to.be.at.most(300);
    await scene.close();
  });

  it('sends a secret in the header, never in the form', async () => {
    const scene = await createLaunchScene({ entry: { clientAuth: 'client-secret', clientSecret: 's3cret/=' } });
    expect(await scene.launch()).to.contain('/evidence/');
    const { authorization, body } = scene.ehr.tokenRequests[0]!;
    const [user, secret] = Buffer.from(authorization!.slice('Basic '.length), 'base64').toString().split(':');
    expect([user, secret].map((part) => decodeURIComponent(part!))).to.deep.equal([CLIENT_ID, 's3cret/=']);
    expect(JSON.stringify(body)).to.not.contain('s3cret');
    await scene.close();
  });

  it('does not start where an EHR wants a signature and there is no key', () => {
    const [ehr] = requireTrustedEhrs([
      { iss: 'https://ehr.example/fhir', clientId: CLIENT_ID, clientAuth: 'private-key-jwt' },
    ]);
    expect(() => chooseClientAuthentication(ehr!, undefined)).to.throw('FHIR_PRIVATE_KEYS_FILE');
  });
});
