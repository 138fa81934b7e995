/** SMART App Launch 2.2, EHR launch, as the evidence page keeps it; and everything it must refuse, by name. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { generateKeyPair } from 'jose';
import { createLaunchScene, CLIENT_ID, KEYS, type LaunchScene } from '../../support/launch-scene.ts';
import { signToken } from '../../support/scripted-smart-ehr.ts';

const HOOK = '0b9a1d4e-6f43-4b8b-9f0c-6a2c0e1f7d11';

describe('SMART launch of the evidence page', function () {
  this.timeout(60_000);
  let scene: LaunchScene;
  before(async () => {
    scene = await createLaunchScene();
  });
  beforeEach(() => {
    Object.assign(scene.ehr.state, { answer: {}, claims: {}, sign: undefined, tokenStatus: 200 });
    Object.assign(scene.state, { now: new Date(), latest: KEYS.latest });
    scene.jar.clear();
    scene.audited.length = 0;
  });
  after(() => scene.close());

  const cardOf = (assessment: string) => JSON.stringify({ assessment, hook: HOOK });
  const grantAt = async (address: string) => (await (await scene.get(address)).json()) as Record<string, unknown>;

  it('asks the EHR for a code, with state, nonce, audience and PKCE (S256)', async () => {
    const asked = (await scene.begin()).searchParams;
    expect(Object.fromEntries(asked)).to.include({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: `${scene.url}/launch/callback`,
      launch: 'xyz',
      scope: 'launch openid fhirUser',
      aud: scene.ehr.fhirUrl,
      code_challenge_method: 'S256',
    });
    expect([asked.get('state')?.length, asked.get('nonce')?.length]).to.deep.equal([43, 43]);
  });

  it('opens the evidence of the card, for the user and the patient the EHR named', async () => {
    scene.ehr.state.answer = { appContext: cardOf(KEYS.p1) };
    const address = await scene.launch();
    expect(address).to.match(new RegExp(`^${scene.url}/evidence/${KEYS.p1}\\?session=`));
    expect(await grantAt(address))
      .to.have.property('grant')
      .that.includes({
        patientId: 'p1',
        userId: 'Practitioner/d1',
        encounterId: 'e1',
        assessmentKey: KEYS.p1,
        hookInstance: HOOK,
      });
  });

  it('proves by the verifier that the code is its own', async () => {
    const redirect = await scene.begin();
    await scene.end(redirect);
    const { body } = scene.ehr.tokenRequests.at(-1)!;
    const challenge = createHash('sha256').update(body['code_verifier']!).digest('base64url');
    expect(challenge).to.equal(redirect.searchParams.get('code_challenge'));
    expect(body).to.include({ grant_type: 'authorization_code', redirect_uri: `${scene.url}/launch/callback` });
  });

  it('opens the study of the EHR where it names one, else the latest assessment', async () => {
    expect(await scene.launch()).to.contain(`/evidence/${KEYS.latest}?`);
    scene.ehr.state.answer = { fhirContext: [{ reference: 'ImagingStudy/ct-of-p1' }] };
    expect(await scene.launch()).to.contain(`/evidence/${KEYS.study}?`);
  });

  it('opens of a study whose images came in two turns the assessment that covers all of them', async () => {
    scene.state.revised = KEYS.revised;
    scene.ehr.state.answer = { fhirContext: [{ reference: 'ImagingStudy/ct-of-p1' }] };
    expect(await scene.launch()).to.contain(`/evidence/${KEYS.revised}?`);
  });

  it('opens an analysis that has not ended yet', async () => {
    scene.ehr.state.answer = { appContext: cardOf('ef'.repeat(32)) };
    expect(await scene.launch()).to.contain(`/evidence/${'ef'.repeat(32)}?`);
  });

  it('says that nothing was assessed', async () => {
    scene.state.latest = undefined;
    expect(await scene.launch()).to.equal('nothing-assessed');
  });

  const OTHER_PATIENTS = {
    'the card': { appContext: cardOf(KEYS.p2) },
    'the study': { fhirContext: [{ reference: 'ImagingStudy/ct-of-p2' }] },
  };
  for (const [what, answer] of Object.entries(OTHER_PATIENTS)) {
    it(`refuses by name where ${what} is about another patient than the open chart`, async () => {
      scene.ehr.state.answer = answer;
      expect(await scene.launch()).to.equal('patient-mismatch');
      expect([...scene.jar.keys()]).to.deep.equal([]);
    });
  }

  it('audits a mismatch with the user and the assessment', async () => {
    scene.ehr.state.answer = { appContext: cardOf(KEYS.p2) };
    await scene.launch();
    expect(scene.audited).to.have.length(1);
    expect(scene.audited[0]).to.include({
      kind: 'evidence-viewed',
      outcome: 'minor-failure',
      code: 'patient-mismatch',
      userId: 'Practitioner/d1',
      assessmentKey: KEYS.p2,
    });
  });

  const STRANGERS = ['https://evil.example/fhir', 'http://127.0.0.1:1/fhir', 'not an address', ''];
  for (const iss of STRANGERS) {
    it(`refuses the iss "${iss}" and asks nobody`, async () => {
      const before = scene.ehr.countCalls();
      const response = await scene.get(`${scene.url}/launch?iss=${encodeURIComponent(iss)}&launch=xyz`);
      expect([response.status, await response.json()]).to.deep.equal([403, { reason: 'ehr-unknown' }]);
      expect(scene.ehr.countCalls()).to.equal(before);
    });
  }

  it('takes another path of a listed server for another EHR', async () => {
    const response = await scene.get(`${scene.url}/launch?iss=${scene.ehr.fhirUrl}/other&launch=xyz`);
    expect(await response.json()).to.deep.equal({ reason: 'ehr-unknown' });
  });

  for (const query of ['', `launch=xyz`, `iss=a&iss=b&launch=x`]) {
    it(`refuses the launch "?${query}"`, async () => {
      const response = await scene.get(`${scene.url}/launch?${query}`);
      expect([response.status, await response.json()]).to.deep.equal([400, { reason: 'launch-malformed' }]);
    });
  }

  it('takes a state once', async () => {
    const redirect = await scene.begin();
    const cookies = new Map(scene.jar);
    expect((await scene.end(redirect)).status).to.equal(302);
    for (const [name, value] of cookies) scene.jar.set(name, value);
    expect(await (await scene.end(redirect)).json()).to.deep.equal({ reason: 'launch-unknown' });
  });

  it('takes a state once even from two requests of the same moment', async () => {
    const redirect = await scene.begin();
    const both = await Promise.all([scene.end(redirect), scene.end(redirect)]);
    expect(both.map((response) => response.status).sort()).to.deep.equal([302, 403]);
  });

  it('refuses a state of another browser, and spends it', async () => {
    const redirect = await scene.begin();
    scene.jar.clear();
    expect(await (await scene.end(redirect)).json()).to.deep.equal({ reason: 'browser-unknown' });
    expect(await (await scene.end(redirect)).json()).to.deep.equal({ reason: 'launch-unknown' });
  });

  it('refuses a state that it never gave, and one that is too old', async () => {
    const made = new URL(`${scene.url}/?state=${'x'.repeat(43)}&redirect_uri=${scene.url}/launch/callback`);
    expect(await (await scene.end(made, { code: 'c' })).json()).to.deep.equal({ reason: 'launch-unknown' });
    const redirect = await scene.begin();
    scene.state.now = new Date(Date.now() + 11 * 60_000);
    expect(await (await scene.end(redirect)).json()).to.deep.equal({ reason: 'launch-unknown' });
  });

  it('is refused by the EHR where the code belongs to another verifier', async () => {
    const [mine, other] = [await scene.begin(), await scene.begin()];
    const response = await scene.end(mine, { code: scene.ehr.authorize(other) });
    expect(await response.json()).to.deep.equal({ reason: 'ehr-refused' });
  });

  it('says so where the EHR does not permit it', async () => {
    const response = await scene.end(await scene.begin(), { error: 'access_denied' });
    expect(await response.json()).to.deep.equal({ reason: 'ehr-refused' });
  });

  it('says so where the token endpoint is out of order', async () => {
    scene.ehr.state.tokenStatus = 500;
    expect(await scene.launch()).to.equal('ehr-unavailable');
  });

  const WRONG_CLAIMS = {
    'of another client': { aud: 'another-app' },
    'of another issuer': { iss: 'https://evil.example' },
    'with the nonce of another launch': { nonce: 'n'.repeat(43) },
    'that has expired': { exp: Math.floor(Date.now() / 1000) - 120 },
    'of several clients, for none of them in particular': { aud: [CLIENT_ID, 'another-app'] },
  };
  for (const [what, claims] of Object.entries(WRONG_CLAIMS)) {
    it(`refuses an id_token ${what}`, async () => {
      scene.ehr.state.claims = claims;
      expect(await scene.launch()).to.equal('identity-invalid');
    });
  }

  it('refuses an id_token that the EHR did not sign', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    scene.ehr.state.sign = (claims) => signToken(claims, privateKey);
    expect(await scene.launch()).to.equal('identity-invalid');
  });

  it('refuses an id_token that is signed with a shared secret, or not at all', async () => {
    scene.ehr.state.sign = (claims) => signToken(claims, new TextEncoder().encode('k'.repeat(32)), 'HS256');
    expect(await scene.launch()).to.equal('identity-invalid');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    scene.ehr.state.sign = async (claims) => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`;
    expect(await scene.launch()).to.equal('identity-invalid');
  });

  it('shows nothing without an identity', async () => {
    scene.ehr.state.answer = { id_token: undefined };
    expect(await scene.launch()).to.equal('identity-invalid');
  });

  for (const fhirUser of [undefined, 'https://evil.example/fhir/Practitioner/d1', 'Device/x', 'Practitioner/../x']) {
    it(`refuses the user ${String(fhirUser)}`, async () => {
      scene.ehr.state.claims = { fhirUser };
      expect(await scene.launch()).to.equal('user-unknown');
    });
  }

  for (const patient of [undefined, 7, '../p2', 'p1,p2']) {
    it(`refuses the patient ${JSON.stringify(patient)}`, async () => {
      scene.ehr.state.answer = { patient };
      expect(await scene.launch()).to.equal('patient-missing');
    });
  }

  it('opens nothing after the session has ended, for another assessment, or in another browser', async () => {
    const address = await scene.launch();
    expect((await grantAt(address))['kind']).to.equal('granted');
    const ended = { kind: 'refused', reason: 'session-expired' };
    expect(await grantAt(address.replace(KEYS.latest, KEYS.p2))).to.deep.equal(ended);
    scene.state.now = new Date(Date.now() + 601_000);
    expect(await grantAt(address)).to.deep.equal(ended);
    scene.state.now = new Date();
    scene.jar.clear();
    expect(await grantAt(address)).to.deep.equal(ended);
  });

  it('does not take the cookie of one session for another', async () => {
    const [one, other] = [await scene.launch(), await scene.launch()];
    const [mine, theirs] = [...scene.jar];
    scene.jar.clear();
    scene.jar.set(mine![0], theirs![1]);
    expect([(await grantAt(one))['kind'], (await grantAt(other))['kind']]).to.deep.equal(['refused', 'refused']);
  });

  it('keeps two patients in two tabs apart', async () => {
    const one = await scene.launch();
    scene.ehr.state.answer = { patient: 'p2', appContext: cardOf(KEYS.p2) };
    const other = await scene.launch();
    expect((await grantAt(one))['grant']).to.include({ patientId: 'p1' });
    expect((await grantAt(other))['grant']).to.include({ patientId: 'p2' });
  });

  it('logs no token, code, state, patient or user', async () => {
    scene.ehr.state.claims = { aud: 'another-app' };
    const redirect = await scene.begin();
    await scene.end(redirect);
    scene.ehr.state.claims = {};
    await scene.launch();
    expect(scene.log()).to.contain('identity-invalid');
    const secrets = [/secret-access-token/, /eyJ/, /code-\d/, /Practitioner/, /"p1"/];
    for (const secret of [...secrets, new RegExp(redirect.searchParams.get('state')!)]) {
      expect(scene.log()).to.not.match(secret);
    }
  });
});
