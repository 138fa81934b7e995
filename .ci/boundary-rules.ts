/** Who may import whom: docs/architecture.md. Run by .ci/check-boundaries.ts, which also counts the modules read. */
/** What the running service reads of evidence/; the rest makes the committed results. */
const servedEvidence = '^evidence/(published-evidence|draw-forest|readable-numbers)\\.ts$';
const vocabulary = '^src/(assessment/domain/|errors\\.ts$)';
/** What every room may use; tracing.ts decides what a span may hold. */
const domain = '^src/(assessment/domain/|(errors|tracing|yield-to-orders)\\.ts$)';
interface Rule {
  name: string;
  severity: 'error';
  comment: string;
  from: { path: string; pathNot?: string | string[] };
  to: Record<string, unknown>;
}

const only = (name: string, from: string, to: Record<string, unknown>, comment: string): Rule => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to,
});

/** A room may reach itself, the domain and the named others inside this repository; packages are ruled below. */
const room = (name: string, others: string[] = [], from = `^src/${name}/`): Rule =>
  only(
    `room-${name}`,
    from,
    {
      path: '^(src|cds-hooks|evidence|test|bench|models|fhir-profiles)/',
      pathNot: [`^src/${name}/`, domain, ...others],
    },
    `${name}/ imports only itself, the domain and what is listed in the architecture`,
  );

const packageOnlyIn = (pkg: string, where: string): Rule =>
  only(
    `only-there-${pkg.replaceAll(/\W/g, '')}`,
    '^(src|cds-hooks)/',
    { path: `node_modules/${pkg}/` },
    `${pkg} only in ${where}`,
  );
const restrict = (pkg: string, where: string): Rule => {
  const rule = packageOnlyIn(pkg, where);
  return { ...rule, from: { ...rule.from, pathNot: where } };
};

export const forbidden: Rule[] = [
  only('no-cycles', '^(src|cds-hooks|evidence)/', { circular: true, dependencyTypesNot: ['type-only'] }, 'no cycles'),
  only(
    'domain-stands-alone',
    '^src/assessment/domain/',
    { path: '.', pathNot: [vocabulary] },
    'the domain imports nothing',
  ),
  only('errors-stand-alone', '^src/errors\\.ts$', { path: '.' }, 'errors import nothing'),
  only(
    'policy-is-pure',
    '^cds-hooks/.*/policy\\.ts$',
    { path: '.', pathNot: [vocabulary, '^cds-hooks/.*/(decision|facts)\\.ts$'] },
    'policy.ts sees assessment types only',
  ),
  room('cds'),
  room('security', ['^src/storage/database\\.ts$']),
  room('imaging'),
  room('inference'),
  room('fhir'),
  room('phantom'),
  room('config'),
  room('observability'),
  room('storage'),
  room('jobs', ['^src/assessment/', '^src/storage/database\\.ts$']),
  room('viewer', ['^src/assessment/', servedEvidence]),
  room('smart-launch', ['^src/storage/database\\.ts$']),
  // It reads what fhir/ writes, by the names that stand there; it asks the chart through a port.
  room('monitoring', ['^src/assessment/', '^src/fhir/terminology/canonical\\.ts$']),
  room('assessment'),
  only(
    'scores-stay-beside',
    '^(src/assessment/(?!scores/|biomarkers/)|cds-hooks/)',
    { path: '^src/assessment/(scores|biomarkers)/' },
    'scores and biomarkers are shown, never part of an estimate or a card (ADR 0082)',
  ),
  only(
    'cds-hooks-rooms',
    '^cds-hooks/',
    { path: '^src/', pathNot: [domain, '^src/assessment/', '^src/cds/'] },
    'a hook service knows cds and assessment',
  ),
  only(
    'evidence-is-data',
    '^evidence/',
    { path: '^(src|cds-hooks|test|bench|models|fhir-profiles)/', pathNot: '^src/errors\\.ts$' },
    'evidence imports itself and the errors',
  ),
  only(
    'evidence-is-read-only',
    '^(src|cds-hooks)/',
    { path: '^evidence/', pathNot: servedEvidence },
    'nothing at run time pools, draws files or starts R',
  ),
  {
    name: 'wiring-is-the-root',
    severity: 'error' as const,
    comment: 'only the composition root composes',
    from: { path: '^(src|cds-hooks)/', pathNot: '^src/(wiring/|start-service\\.ts$|main\\.ts$|sandbox/)' },
    to: { path: '^src/(wiring/|start-service\\.ts$)' },
  },
  only(
    'no-express-inside',
    '^(src/(assessment|imaging|inference|fhir|storage|phantom)/|cds-hooks/)',
    { path: 'node_modules/express/' },
    'express stays at the edge',
  ),
  only(
    'sandbox-is-a-leaf',
    '^(src|cds-hooks|bench)/',
    { path: '^src/sandbox/' },
    'only main.ts and test import sandbox',
  ),
  only(
    'src-imports-no-test',
    '^(src|cds-hooks|evidence)/',
    { path: '^(test|bench|models/training)/' },
    'src never imports test, bench or training',
  ),
  restrict('@opentelemetry', '^src/(tracing\\.ts$|observability/start-tracing\\.ts$)'),
  restrict('onnxruntime-node', '^src/inference/'),
  restrict('dcmjs', '^src/(imaging/(decode|results)|phantom|sandbox/pacs)/'),
  restrict('dcmjs-codecs', '^src/(imaging/decode|phantom)/'),
  restrict('@cornerstonejs/codec-charls', '^src/imaging/decode/'),
  restrict('@medplum', '^src/(fhir|sandbox)/'),
  restrict('oauth4webapi', '^src/smart-launch/'),
  restrict('pg-boss', '^src/jobs/'),
  restrict('@electric-sql', '^src/storage/'),
].map((rule) =>
  rule.name === 'sandbox-is-a-leaf'
    ? { ...rule, from: { ...rule.from, pathNot: ['^src/sandbox/', '^src/main\\.ts$'] } }
    : rule,
);

export const options = {
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  tsConfig: { fileName: 'tsconfig.json' },
  enhancedResolveOptions: {
    extensions: ['.ts', '.js', '.mjs', '.json'],
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default', 'types'],
  },
};
