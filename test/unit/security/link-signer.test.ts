import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../../src/errors.ts';
import { createLinkSigner, type LinkSigner, type LinkVerdict } from '../../../src/security/link-signer.ts';

const KEY = '0123456789abcdef'.repeat(4);
const HOOK = 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea';
const GRANT = { assessmentKey: KEY, hookInstance: HOOK, patientId: 'patient-4711' };

describe('evidence links', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = Date.parse('2026-11-23T12:00:00Z');
  });
  const make = (...secrets: string[]): LinkSigner =>
    createLinkSigner({
      publicUrl: 'https://cds.example.org/',
      secrets: secrets.length > 0 ? secrets : ['a'.repeat(32)],
      lifetimeMs: 900_000,
      now: () => new Date(nowMs),
    });
  const judge = (signer: LinkSigner, link: string, key = KEY): LinkVerdict =>
    signer.verify(key, Object.fromEntries(new URL(link).searchParams));

  it('are absolute and hold no identifier of a person', () => {
    const url = new URL(make().sign(GRANT));
    expect(url.origin + url.pathname).to.equal(`https://cds.example.org/evidence/${KEY}`);
    expect([...url.searchParams.keys()]).to.deep.equal(['expires', 'hook', 'patient', 'signature']);
    expect(url.href).to.not.contain('4711');
  });

  it('open what they were made for, and say in which hook call', () => {
    const verdict = judge(make(), make().sign(GRANT));
    expect(verdict.kind).to.equal('granted');
    expect(verdict).to.have.nested.property('grant.assessmentKey', KEY);
    expect(verdict).to.have.nested.property('grant.hookInstance', HOOK);
  });

  it('know the patient they were made for, and nobody else', () => {
    const verdict = judge(make(), make().sign(GRANT));
    if (verdict.kind !== 'granted') throw new Error('not granted');
    expect(['patient-4711', 'patient-4712', ''].map(verdict.grant.isPatient)).to.deep.equal([true, false, false]);
  });

  it('cannot be given the patient of another link', () => {
    const other = new URL(make().sign({ ...GRANT, patientId: 'patient-4712' })).searchParams.get('patient') ?? '';
    const link = make()
      .sign(GRANT)
      .replace(/patient=[\w-]+/, `patient=${other}`);
    expect(judge(make(), link)).to.deep.equal({ kind: 'refused', reason: 'signature-invalid' });
  });

  it('of the form that named no patient are refused', () => {
    const expires = String(nowMs / 1000 + 900);
    const sealed = createHmac('sha256', 'a'.repeat(32)).update(['evidence/v1', KEY, HOOK, expires].join('\n'));
    const query = { expires, hook: HOOK, signature: sealed.digest('base64url') };
    expect(make().verify(KEY, query)).to.deep.equal({ kind: 'refused', reason: 'malformed' });
  });

  it('do not open another assessment', () => {
    const verdict = judge(make(), make().sign(GRANT), 'f'.repeat(64));
    expect(verdict).to.deep.equal({ kind: 'refused', reason: 'signature-invalid' });
  });

  it('expire', () => {
    const link = make().sign(GRANT);
    nowMs += 900_000;
    expect(judge(make(), link)).to.deep.equal({ kind: 'refused', reason: 'expired' });
  });

  it('cannot be made to live longer', () => {
    const link = make()
      .sign(GRANT)
      .replace(/expires=\d+/, 'expires=9999999999');
    expect(judge(make(), link)).to.deep.equal({ kind: 'refused', reason: 'signature-invalid' });
  });

  it('survive a change of secret while the old one is still listed', () => {
    const link = make('o'.repeat(32)).sign(GRANT);
    expect(judge(make('n'.repeat(32), 'o'.repeat(32)), link).kind).to.equal('granted');
    expect(judge(make('n'.repeat(32)), link).kind).to.equal('refused');
  });

  it('are refused, never an error, for any query a stranger sends', () => {
    const signer = make();
    const field = fc.oneof(fc.string(), fc.array(fc.string()), fc.object(), fc.constant(undefined));
    fc.assert(
      fc.property(fc.string(), field, field, field, field, (key, expires, hook, patient, signature) => {
        expect(signer.verify(key, { expires, hook, patient, signature }).kind).to.equal('refused');
      }),
    );
  });

  it('need a secret of 32 bytes', () => {
    expect(() => make('short')).to.throw(Fault, /32 bytes/);
  });
});
