/** Settings -> the PACS endpoints the service may fetch from. Credentials go to the configured PACS alone. */
import type { Config } from '../config/settings.ts';
import { Fault } from '../errors.ts';
import type { PacsCredentials, PacsEndpoint, PacsTls } from '../imaging/dicomweb/pacs-endpoint.ts';
import { readTextFile } from './read-json-file.ts';

export function listPacsEndpoints(config: Config): readonly PacsEndpoint[] {
  const reach = config.PACS_REACH;
  const tls = toTls(config);
  const own: PacsEndpoint = {
    baseUrl: config.PACS_BASE_URL,
    credentials: toCredentials(config),
    reach,
    ...(tls && { tls }),
  };
  const others = config.PACS_ALLOWED_ORIGINS.map((baseUrl) => ({
    baseUrl,
    credentials: { kind: 'none' as const },
    reach,
  }));
  return [own, ...others];
}

function toCredentials(config: Config): PacsCredentials {
  switch (config.PACS_AUTH) {
    case 'basic':
      return { kind: 'basic', username: need(config.PACS_USER), password: need(config.PACS_PASSWORD) };
    case 'bearer': {
      const token = need(config.PACS_TOKEN);
      return { kind: 'bearer', getToken: () => Promise.resolve(token) };
    }
    case 'none':
    case 'mutual-tls':
      return { kind: 'none' };
  }
}

function toTls(config: Config): PacsTls | undefined {
  const ca = config.PACS_CA_FILE === undefined ? {} : { ca: readTextFile('PACS_CA_FILE', config.PACS_CA_FILE) };
  if (config.PACS_AUTH !== 'mutual-tls') return 'ca' in ca ? ca : undefined;
  return {
    ...ca,
    cert: readTextFile('PACS_CLIENT_CERTIFICATE_FILE', need(config.PACS_CLIENT_CERTIFICATE_FILE)),
    key: readTextFile('PACS_CLIENT_KEY_FILE', need(config.PACS_CLIENT_KEY_FILE)),
  };
}

/** parse-config.ts has already asked for it; this only tells the compiler. */
function need(value: string | undefined): string {
  if (value === undefined) throw new Fault('config-invalid', 'A setting of the PACS is missing');
  return value;
}
