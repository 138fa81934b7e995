/**
 * Server-side request forgery stops here (docs/threat-model.md): a name is resolved once, every address it has must
 * be inside the endpoint's reach, and the connection goes to exactly those addresses, so that a second DNS answer
 * cannot move it. Loopback, link-local (cloud metadata) and multicast are never reached by accident.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Fault } from '../../errors.ts';

/** `public`: the internet only. `private`: also a hospital's own ranges. `loopback`: also this machine. */
export type NetworkReach = 'public' | 'private' | 'loopback';

type Ranges = readonly (readonly [string, number])[];

function createList(v4: Ranges, v6: Ranges): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of v4) list.addSubnet(address, prefix, 'ipv4');
  for (const [address, prefix] of v6) list.addSubnet(address, prefix, 'ipv6');
  return list;
}

const LOOPBACK = createList([['127.0.0.0', 8]], [['::1', 128]]);
/** RFC 1918, RFC 6598 (carrier NAT), RFC 4193. */
const PRIVATE = createList(
  [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
  ],
  [['fc00::', 7]],
);
/** RFC 6890 and successors: never a PACS. IPv6 forms that embed an IPv4 address are refused as a whole. */
const NEVER = createList(
  [
    ['0.0.0.0', 8],
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ],
  [
    ['::', 128],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['fe80::', 10],
    ['fec0::', 10],
    ['ff00::', 8],
  ],
);

export function isAddressAllowed(address: string, reach: NetworkReach): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const version = isIP(plain);
  if (version === 0 || (version === 6 && /^::ffff:/i.test(plain))) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (NEVER.check(plain, family)) return false;
  if (LOOPBACK.check(plain, family)) return reach === 'loopback';
  if (PRIVATE.check(plain, family)) return reach !== 'public';
  return true;
}

const refused = (): Fault => new Fault('pacs-not-allowed', 'The PACS host resolves to an address that is not allowed');

/** Literal addresses never pass through DNS, so they are judged before the request. */
export function requireAllowedHost(url: URL, reach: NetworkReach): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAddressAllowed(host, reach)) throw refused();
}

/** A `lookup` for node:http(s): one resolution, all of its addresses judged, those and no others connected to. */
export function createGuardedLookup(reach: NetworkReach, resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const first = error ? undefined : addresses[0];
      if (!first) {
        callback(error ?? refused(), '', 0);
      } else if (!addresses.every(({ address }) => isAddressAllowed(address, reach))) {
        callback(refused(), '', 0);
      } else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
