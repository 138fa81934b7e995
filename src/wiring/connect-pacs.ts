/** Settings -> the PACS endpoints the service may fetch from and store to. Credentials go to the PACS they are set for. */
import type { Config } from '../config/settings.ts';
import { Fault } from '../errors.ts';
import type { PacsCredentials, PacsEndpoint, PacsTls } from '../imaging/dicomweb/pacs-endpoint.ts';
import { readTextFile } from './read-json-file.ts';

/** The PACS that is read, and the archive that results go to: two groups of settings of one shape. */
type Group = 'PACS' | 'RESULTS_PACS';

export function listPacsEndpoints(config: Config): readonly PacsEndpoint[] {
  const own = toPacsEndpoint(config, 'PACS');
  const others = config.PACS_ALLOWED_ORIGINS.map((baseUrl) => ({
    baseUrl,
    credentials: { kind: 'none' as const },
    reach: own.reach,
  }));
  return [own, ...others];
}

export function toPacsEndpoint(config: Config, group: Group): PacsEndpoint {
  const tls = toTls(config, group);
  return {
    baseUrl: need(config[`${group}_BASE_URL`]),
    credentials: toCredentials(config, group),
    reach: config[`${group}_REACH`],
    ...(tls && { tls }),
  };
}

function toCredentials(config: Config, group: Group): PacsCredentials {
  switch (config[`${group}_AUTH`]) {
    case 'basic':
      return {
        kind: 'basic',
        username: need(config[`${group}_USER`]),
        password: need(config[`${group}_PASSWORD`]),
      };
    case 'bearer': {
      const token = need(config[`${group}_TOKEN`]);
      return { kind: 'bearer', getToken: () => Promise.resolve(token) };
    }
    case 'none':
    case 'mutual-tls':
      return { kind: 'none' };
  }
}

function toTls(config: Config, group: Group): PacsTls | undefined {
  const read = (name: `${Group}_${'CA' | 'CLIENT_CERTIFICATE' | 'CLIENT_KEY'}_FILE`) =>
    readTextFile(name, need(config[name]));
  const ca = config[`${group}_CA_FILE`] === undefined ? {} : { ca: read(`${group}_CA_FILE`) };
  if (config[`${group}_AUTH`] !== 'mutual-tls') return 'ca' in ca ? ca : undefined;
  return { ...ca, cert: read(`${group}_CLIENT_CERTIFICATE_FILE`), key: read(`${group}_CLIENT_KEY_FILE`) };
}

/** parse-config.ts has already asked for it; this only tells the compiler. */
function need(value: string | undefined): string {
  if (value === undefined) throw new Fault('config-invalid', 'A setting of the PACS is missing');
  return value;
}
