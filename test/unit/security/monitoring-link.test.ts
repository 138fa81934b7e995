import { expect } from 'chai';
import { createLinkSigner } from '../../../src/security/link-signer.ts';
import { createMonitoringLinks } from '../../../src/security/monitoring-link.ts';

const SECRET = 'x'.repeat(32);
const NOW = new Date('2026-11-25T12:00:00Z');

function makeLinks(secrets: readonly string[] = [SECRET], now = () => NOW) {
  return createMonitoringLinks({ publicUrl: 'https://cds.example.org/', secrets, lifetimeMs: 60_000, now });
}
const read = (link: string) => Object.fromEntries(new URL(link).searchParams);

describe('links to the monitoring page', () => {
  it('open for the named viewer until they expire', () => {
    const link = makeLinks().sign('quality.office@example.org');
    expect(link).to.match(/^https:\/\/cds\.example\.org\/monitoring\?viewer=/);
    expect(makeLinks().verify(read(link))).to.deep.equal({
      kind: 'granted',
      viewer: 'quality.office@example.org',
      expiresAt: new Date('2026-11-25T12:01:00Z'),
    });
    const later = makeLinks([SECRET], () => new Date('2026-11-25T12:01:00Z'));
    expect(later.verify(read(link))).to.deep.equal({ kind: 'refused', reason: 'expired' });
  });

  it('are of no use for another viewer, time or secret, and an evidence link is none', () => {
    const query = read(makeLinks().sign('ann'));
    const refused = { kind: 'refused', reason: 'signature-invalid' };
    expect(makeLinks().verify({ ...query, viewer: 'bob' })).to.deep.equal(refused);
    expect(makeLinks().verify({ ...query, expires: '9999999999' })).to.deep.equal(refused);
    expect(makeLinks(['y'.repeat(32)]).verify(query)).to.deep.equal(refused);
    const signer = createLinkSigner({ publicUrl: 'https://x', secrets: [SECRET], lifetimeMs: 60_000, now: () => NOW });
    const hookInstance = 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea';
    const evidence = read(signer.sign({ assessmentKey: 'a'.repeat(64), hookInstance, patientId: 'p1' }));
    expect(makeLinks().verify({ ...evidence, viewer: 'ann' })).to.deep.equal(refused);
  });

  it('survive a change of the secret while the older one is kept', () => {
    const query = read(makeLinks().sign('ann'));
    expect(makeLinks(['y'.repeat(32), SECRET]).verify(query).kind).to.equal('granted');
  });

  for (const viewer of ['', 'a b', 'x'.repeat(65), '<b>', 'a\nb']) {
    it(`are not made for ${JSON.stringify(viewer).slice(0, 12)}`, () => {
      expect(() => makeLinks().sign(viewer)).to.throw('account name');
    });
  }

  it('need a secret of 32 bytes', () => {
    expect(() => makeLinks(['short'])).to.throw('32 bytes');
    expect(() => makeLinks([])).to.throw('32 bytes');
  });

  it('refuse queries of any other form', () => {
    for (const query of [{}, { viewer: ['a'], expires: '1', signature: 'x' }, { viewer: 'a', expires: 'x' }]) {
      expect(makeLinks().verify(query)).to.deep.equal({ kind: 'refused', reason: 'malformed' });
    }
  });
});
