/**
 * Environment -> one frozen Config, or one Fault that names every wrong setting and how to mend it.
 * A value is never repeated in a message: it may be a secret that was put into the wrong variable.
 */
import { Fault } from '../errors.ts';
import { SETTINGS, type Config, type Setting, type SettingName } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** Settings that only make sense together: [when this holds, these are needed]. */
const COMPANIONS: readonly { when: (config: Config) => boolean; because: string; needs: readonly SettingName[] }[] = [
  {
    when: (config) => config.FHIR_AUTH === 'client-credentials',
    because: 'FHIR_AUTH is client-credentials',
    needs: ['FHIR_TOKEN_URL', 'FHIR_CLIENT_ID', 'FHIR_CLIENT_SECRET'],
  },
  {
    when: (config) => config.FHIR_AUTH === 'private-key-jwt',
    because: 'FHIR_AUTH is private-key-jwt',
    needs: ['FHIR_TOKEN_URL', 'FHIR_CLIENT_ID', 'FHIR_PRIVATE_KEYS_FILE'],
  },
  {
    when: (config) => config.PACS_AUTH === 'basic',
    because: 'PACS_AUTH is basic',
    needs: ['PACS_USER', 'PACS_PASSWORD'],
  },
  { when: (config) => config.PACS_AUTH === 'bearer', because: 'PACS_AUTH is bearer', needs: ['PACS_TOKEN'] },
  {
    when: (config) => config.PACS_AUTH === 'mutual-tls',
    because: 'PACS_AUTH is mutual-tls',
    needs: ['PACS_CLIENT_CERTIFICATE_FILE', 'PACS_CLIENT_KEY_FILE'],
  },
  {
    when: (config) => config.RESULTS_TO_PACS,
    because: 'RESULTS_TO_PACS is true',
    needs: ['RESULTS_PACS_BASE_URL'],
  },
  {
    when: (config) => config.RESULTS_PACS_AUTH === 'basic',
    because: 'RESULTS_PACS_AUTH is basic',
    needs: ['RESULTS_PACS_USER', 'RESULTS_PACS_PASSWORD'],
  },
  {
    when: (config) => config.RESULTS_PACS_AUTH === 'bearer',
    because: 'RESULTS_PACS_AUTH is bearer',
    needs: ['RESULTS_PACS_TOKEN'],
  },
  {
    when: (config) => config.RESULTS_PACS_AUTH === 'mutual-tls',
    because: 'RESULTS_PACS_AUTH is mutual-tls',
    needs: ['RESULTS_PACS_CLIENT_CERTIFICATE_FILE', 'RESULTS_PACS_CLIENT_KEY_FILE'],
  },
  {
    when: (config) => config.CDS_AUTH === 'jwt',
    because: 'CDS_AUTH is jwt',
    needs: ['CDS_TRUSTED_ISSUERS_FILE'],
  },
  {
    when: (config) => config.INFERENCE_ENGINE === 'open-inference',
    because: 'INFERENCE_ENGINE is open-inference',
    needs: ['INFERENCE_URL'],
  },
  { when: (config) => config.SMART_CARD_LINKS, because: 'SMART_CARD_LINKS is true', needs: ['SMART_EHRS_FILE'] },
];

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * @param environment variables by name; empty strings count as not set
 * @throws Fault `config-invalid` whose message has one line per problem
 */
export function parseConfig(environment: Environment): Config {
  return parseSettings(environment, NAMES);
}

/** Some of the settings, for a command that does less than the service; the rest is neither asked for nor judged. */
export function parseSettings<Name extends SettingName>(
  environment: Environment,
  names: readonly Name[],
): Pick<Config, Name> {
  const problems: string[] = [];
  const entries = names.map((name) => {
    const text = environment[name];
    const parsed = SETTINGS[name].schema.safeParse(text === '' ? undefined : text);
    if (!parsed.success) {
      const what =
        text === undefined || text === '' ? 'is not set' : `is not valid (${parsed.error.issues[0]?.message ?? ''})`;
      problems.push(`${name} ${what}. ${SETTINGS[name].meaning}. Example: ${SETTINGS[name].example}`);
    }
    return [name, parsed.data] as const;
  });
  const config = Object.freeze(Object.fromEntries(entries)) as Config;
  if (problems.length === 0) problems.push(...findMissingCompanions(config));
  if (problems.length === 0) problems.push(...findPlainHttp(config));
  if (problems.length === 0 && 'HOST' in config) problems.push(...findUnsafe(config));
  if (problems.length > 0) throw new Fault('config-invalid', problems.join('\n'));
  return config;
}

function findMissingCompanions(config: Config): string[] {
  return COMPANIONS.filter((rule) => rule.when(config)).flatMap((rule) =>
    rule.needs
      .filter((name) => config[name] === undefined)
      .map(
        (name) =>
          `${name} is not set, but ${rule.because}. ${SETTINGS[name].meaning}. Example: ${SETTINGS[name].example}`,
      ),
  );
}

/** Tokens and the client's secret travel encrypted, or not beyond this machine. */
function findPlainHttp(config: Partial<Config>): string[] {
  const auth = config.FHIR_AUTH ?? 'none';
  if (auth === 'none') return [];
  return (['FHIR_BASE_URL', 'FHIR_TOKEN_URL'] as const)
    .filter((name) => isPlainHttp(config[name]))
    .map((name) => `${name} must be https while FHIR_AUTH is ${auth}: credentials are sent there`);
}

function isPlainHttp(address: string | undefined): boolean {
  if (address === undefined) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !LOOPBACK.test(hostname.replace(/^\[|\]$/g, ''));
}

function findUnsafe(config: Config): string[] {
  if (config.SHADOW_MODE && config.RESULTS_TO_PACS) {
    return ['RESULTS_TO_PACS must be false while SHADOW_MODE is true: a trial shows results to nobody, in no system'];
  }
  if (config.CDS_AUTH === 'insecure-loopback' && !LOOPBACK.test(config.HOST)) {
    return [
      'HOST must be a loopback address while CDS_AUTH is insecure-loopback: callers are not verified. Use CDS_AUTH=jwt',
    ];
  }
  if (config.PUBLIC_URL === undefined && !LOOPBACK.test(config.HOST)) {
    return [
      `PUBLIC_URL is not set, but HOST is no loopback address. ${SETTINGS.PUBLIC_URL.meaning}. Example: ${SETTINGS.PUBLIC_URL.example}`,
    ];
  }
  return [];
}

/** The settings as they may be printed: secrets only as "(set)" or "(not set)". */
export function redactConfig(config: Config): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = config[name];
      const setting: Setting = SETTINGS[name];
      const shown = setting.secret ? '(set)' : Array.isArray(value) ? value.join(',') : String(value);
      return [name, value === undefined ? '(not set)' : shown];
    }),
  );
}
