import type { LookupAddress } from 'node:dns';
import { expect } from 'chai';
import {
  createGuardedLookup,
  isAddressAllowed,
  requireAllowedHost,
  type NetworkReach,
} from '../../../../src/imaging/dicomweb/address-guard.ts';

const NEVER = [
  '169.254.169.254',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'ff02::1',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:7f00:1::',
  'not-an-address',
];
const PRIVATE = ['10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd00::1', '::ffff:10.0.0.1'];
const LOOPBACK = ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'];
const PUBLIC = ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'];

const EXPECTED: Readonly<Record<NetworkReach, readonly string[]>> = {
  public: PUBLIC,
  private: [...PUBLIC, ...PRIVATE],
  loopback: [...PUBLIC, ...PRIVATE, ...LOOPBACK],
};

type Lookup = Parameters<typeof createGuardedLookup>[1];

/** A resolver with a fixed answer, in place of DNS. */
const answering = (...addresses: string[]): NonNullable<Lookup> =>
  ((_host: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as NonNullable<Lookup>;

function resolve(reach: NetworkReach, ...addresses: string[]): Promise<string> {
  return new Promise((fulfil, reject) => {
    createGuardedLookup(reach, answering(...addresses))('pacs.example', {}, (error, address) => {
      if (error) reject(error);
      else fulfil(address as string);
    });
  });
}

describe('imaging/dicomweb/address-guard', () => {
  for (const reach of ['public', 'private', 'loopback'] as const) {
    it(`lets ${reach} reach exactly what it names`, () => {
      const allowed = [...PUBLIC, ...PRIVATE, ...LOOPBACK, ...NEVER].filter((address) =>
        isAddressAllowed(address, reach),
      );
      expect(allowed).to.deep.equal(EXPECTED[reach]);
    });
  }

  it('judges a literal address in the URL, in any spelling', () => {
    for (const host of ['169.254.169.254', '0x7f.1', '2130706433', '[::1]', '[::ffff:7f00:1]', '127.1']) {
      expect(() => requireAllowedHost(new URL(`http://${host}/x`), 'private'), host)
        .to.throw()
        .with.property('code', 'pacs-not-allowed');
    }
  });

  it('gives the address that was judged', async () => {
    expect(await resolve('public', '93.184.216.34')).to.equal('93.184.216.34');
  });

  it('refuses a name when any of its addresses is out of reach (DNS rebinding)', async () => {
    const outcome = await resolve('public', '93.184.216.34', '10.0.0.1').catch((error: unknown) => error);
    expect(outcome).to.have.property('code', 'pacs-not-allowed');
  });
});
