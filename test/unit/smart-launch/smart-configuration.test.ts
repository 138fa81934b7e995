/** `[base]/.well-known/smart-configuration`: what it names is checked, what is wrong is an EHR out of order. */
import { expect } from 'chai';
import { createEndpointFinder } from '../../../src/smart-launch/smart-configuration.ts';
import { requireTrustedEhrs } from '../../../src/smart-launch/trusted-ehr.ts';
import { createScriptedSmartEhr, type ScriptedSmartEhr } from '../../support/scripted-smart-ehr.ts';

describe('smart-configuration', () => {
  let ehr: ScriptedSmartEhr;
  let sound: Record<string, unknown>;
  before(async () => {
    ehr = await createScriptedSmartEhr('app');
    sound = ehr.state.configuration;
  });
  beforeEach(() => Object.assign(ehr.state, { configuration: sound, configurationStatus: 200 }));
  after(() => ehr.close());

  const find = (entry: object = {}, now = () => new Date()) => {
    const [trusted] = requireTrustedEhrs([{ iss: ehr.fhirUrl, clientId: 'app', ...entry }]);
    const finder = createEndpointFinder(now);
    return () => finder(trusted!);
  };

  const WRONG: Record<string, object> = {
    'http on another machine': { token_endpoint: 'http://10.0.0.1/token' },
    'no key set': { jwks_uri: undefined },
    'a script for an address': { authorization_endpoint: 'javascript:alert(1)' },
  };
  for (const [what, change] of Object.entries(WRONG)) {
    it(`is not followed to ${what}`, async () => {
      ehr.state.configuration = { ...sound, ...change };
      expect(await find()()).to.equal(undefined);
    });
  }

  it('is not taken from an error, nor from a server that is gone', async () => {
    ehr.state.configurationStatus = 503;
    expect(await find()()).to.equal(undefined);
    expect(await find({ iss: 'http://127.0.0.1:9/fhir' })()).to.equal(undefined);
  });

  it('is remembered for ten minutes, an outage not at all', async () => {
    let now = new Date();
    const ask = find({}, () => now);
    ehr.state.configurationStatus = 503;
    expect(await ask()).to.equal(undefined);
    ehr.state.configurationStatus = 200;
    expect(await ask()).to.have.property('token_endpoint', ehr.tokenUrl);
    const calls = ehr.countCalls();
    await ask();
    expect(ehr.countCalls()).to.equal(calls);
    now = new Date(now.getTime() + 601_000);
    await ask();
    expect(ehr.countCalls()).to.equal(calls + 1);
  });

  it('names the issuer, unless the site does, else it is the FHIR server', async () => {
    expect((await find()())?.issuer).to.equal(ehr.issuer);
    expect((await find({ issuer: 'https://login.example' })())?.issuer).to.equal('https://login.example');
    ehr.state.configuration = { ...sound, issuer: undefined };
    expect((await find()())?.issuer).to.equal(ehr.fhirUrl);
  });
});
