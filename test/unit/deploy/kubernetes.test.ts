import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { SECRET_NAMES } from '../../../src/config/secret-files.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import {
  findSchemaProblems,
  findTypeProblems,
  readManifests,
  renderKustomization,
  type Manifest,
} from '../../support/kubernetes-manifests.ts';
import { skip } from '../../support/skip.ts';

const BASE = 'deploy/kubernetes/base';
const GPU = 'deploy/kubernetes/gpu';

const probe = z.object({
  httpGet: z.object({ path: z.string() }),
  periodSeconds: z.number(),
  failureThreshold: z.number(),
});
const deployment = z.looseObject({
  spec: z.looseObject({
    replicas: z.number(),
    strategy: z.looseObject({ type: z.string() }),
    template: z.object({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number().default(30),
        containers: z.tuple([
          z.looseObject({
            startupProbe: probe,
            readinessProbe: probe.partial({ failureThreshold: true }),
            livenessProbe: probe,
            resources: z.object({ requests: z.looseObject({}), limits: z.looseObject({}) }),
            securityContext: z.looseObject({}),
            volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});

const find = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name.startsWith(name));
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
};

function readSettings(): Record<string, string> {
  const lines = readFileSync(`${BASE}/settings.env`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

describe('Kubernetes manifests', function () {
  this.timeout(120_000);
  const base = readManifests(BASE);
  const all = [...base, ...readManifests(GPU)];
  const cds = deployment.parse(find(base, 'Deployment', 'thrombectomy-cds'));
  const triton = deployment.parse(find(all, 'Deployment', 'triton'));

  it('are valid by the schemas of the API', async () => {
    expect(all.length).to.be.greaterThan(8);
    expect(await findSchemaProblems(all)).to.deep.equal([]);
  });

  it('name no field that the API does not have', () => {
    expect(findTypeProblems(all)).to.deep.equal([]);
  });

  it('would be found out: a field that does not exist, a value of the wrong type, a missing one', async () => {
    const good = find(base, 'Deployment', 'thrombectomy-cds');
    const change = (fields: object): Manifest => ({ ...good, spec: { ...(good['spec'] as object), ...fields } });
    expect(findTypeProblems([change({ minReadySecond: 10 })]).join('\n')).to.contain('minReadySecond');
    const problems = await findSchemaProblems([change({ replicas: 'two', selector: undefined })]);
    expect(problems.join('\n')).to.contain('replicas').and.to.contain('selector');
  });

  it('set only settings that exist, secrets as files, and settings the service would start with', () => {
    const settings = readSettings();
    for (const name of Object.keys(settings)) {
      const isSecretFile = SECRET_NAMES.includes(name.replace(/_FILE$/, '')) && name.endsWith('_FILE');
      expect(isSecretFile || name in SETTINGS, name).to.equal(true);
      expect(SECRET_NAMES, name).not.to.include(name);
    }
    const given = Object.fromEntries(
      Object.entries(settings).map(([name, value]) =>
        SECRET_NAMES.includes(name.replace(/_FILE$/, ''))
          ? [name.replace(/_FILE$/, ''), 'postgres://x@y/'.padEnd(40, 'z')]
          : [name, value],
      ),
    );
    expect(parseConfig({ ...given, HOST: '0.0.0.0' })).to.include({
      CDS_AUTH: 'jwt',
      MIN_EVIDENCE_LEVEL: 'site-validated',
    });
  });

  it('run at least two replicas and lose none of them, nor an order, in a rollout', () => {
    expect(cds.spec.replicas).to.be.at.least(2);
    expect(cds.spec.strategy).to.deep.equal({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    const stopMs = readStopMs();
    expect(cds.spec.template.spec.terminationGracePeriodSeconds * 1000).to.be.greaterThan(5_000 + stopMs);
    expect(cds.spec.template.spec.containers[0]).to.have.nested.property('lifecycle.preStop.sleep.seconds', 5);
    expect(find(base, 'PodDisruptionBudget', 'thrombectomy-cds')).to.have.nested.property('spec.maxUnavailable', 1);
  });

  it('ask the service itself, and judge a replica by nothing that all replicas share', () => {
    const [container] = cds.spec.template.spec.containers;
    expect(container.livenessProbe.httpGet.path).to.equal('/livez');
    for (const each of [container.readinessProbe, container.startupProbe])
      expect(each.httpGet.path).to.equal('/readyz?exclude=fhir');
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).to.be.at.least(300);
  });

  for (const [name, one] of [
    ['the service', cds],
    ['Triton', triton],
  ] as const) {
    it(`give ${name} no right that it does not need (Pod Security Standards, restricted)`, () => {
      const { spec } = one.spec.template;
      expect(spec).to.have.nested.property('securityContext.runAsNonRoot', true);
      expect(spec).to.have.nested.property('securityContext.seccompProfile.type', 'RuntimeDefault');
      expect(spec).to.have.property('automountServiceAccountToken', false);
      expect(spec.containers[0].securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const volumes = spec.volumes.map((volume) => volume.name).sort();
      expect([...new Set(spec.containers[0].volumeMounts.map((mount) => mount.name))].sort()).to.deep.equal(volumes);
    });
  }

  it('mount what can be written where the image can write, and every file that a setting names', () => {
    const paths = cds.spec.template.spec.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
    expect(paths).to.include.members(['/data', '/tmp']);
    for (const [name, value] of Object.entries(readSettings())) {
      if (name.endsWith('_FILE'))
        expect(
          paths.some((path) => value.startsWith(`${path}/`)),
          name,
        ).to.equal(true);
    }
  });

  it('put Triton on a GPU node, let in by the service alone', () => {
    const { spec } = triton.spec.template;
    expect(spec).to.have.property('nodeSelector').that.deep.equals({ 'nvidia.com/gpu.present': 'true' });
    expect(spec)
      .to.have.property('tolerations')
      .that.deep.includes({ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' });
    expect(spec.containers[0].resources.limits).to.have.property('nvidia.com/gpu', 1);
    const policy = find(all, 'NetworkPolicy', 'triton');
    expect(policy).to.have.nested.property('spec.egress').that.deep.equals([]);
    expect(JSON.stringify(policy)).to.contain('"app.kubernetes.io/name":"thrombectomy-cds"');
  });

  it('match their selectors', () => {
    for (const one of [cds, triton]) {
      const labels = one.spec.template.metadata.labels;
      expect(one).to.have.nested.property('spec.selector.matchLabels').that.deep.equals(labels);
    }
  });

  for (const folder of [BASE, GPU]) {
    it(`render by kustomize: ${folder}`, async function () {
      const rendered = await renderKustomization(folder);
      if (!rendered) skip(this, 'no kustomize (go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1)');
      expect(await findSchemaProblems(rendered)).to.deep.equal([]);
      expect(findTypeProblems(rendered)).to.deep.equal([]);
      const settings = find(rendered, 'ConfigMap', 'thrombectomy-cds-settings-');
      const engine = folder === GPU ? 'open-inference' : undefined;
      expect((settings['data'] as Record<string, string>)['INFERENCE_ENGINE']).to.equal(engine);
      const text = JSON.stringify(find(rendered, 'Deployment', 'thrombectomy-cds'));
      expect(text)
        .to.contain(settings.metadata.name)
        .and.to.match(/registry\.example\.org\/thrombectomy-cds:\d/);
      for (const one of rendered)
        expect(one.kind === 'Namespace' || one.metadata['namespace'] === 'thrombectomy-cds').to.equal(true);
    });
  }
});

/** Longest time the service itself takes to stop: open connections, then running analyses, then the last spans. */
function readStopMs(): number {
  const read = (file: string, name: string): number => {
    const text = readFileSync(file, 'utf8').match(new RegExp(`${name} = ([\\d_]+);`))?.[1];
    if (text === undefined) throw new Error(`${file} has no ${name}`);
    return Number(text.replaceAll('_', ''));
  };
  return (
    read('src/wiring/listen.ts', 'DRAIN_MS') +
    read('src/wiring/open-queue.ts', 'STOP_GRACE_MS') +
    read('src/observability/start-tracing.ts', 'EXPORT_TIMEOUT_MS')
  );
}
