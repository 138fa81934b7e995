/**
 * Manifests held to the Kubernetes API twice: by the schema validators of kubernetes-models (values and required
 * fields), and as object literals against its types, which is what finds a field that does not exist: the API server
 * would drop `readinesProbe` in silence.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const run = promisify(execFile);

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => manifestSchema.parse(document.toJS()));
}

/** The manifests of a folder as they stand in its files; the kustomization itself is none. */
export function readManifests(folder: string): Manifest[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml');
  return files.flatMap((file) => parseManifests(readFileSync(join(folder, file), 'utf8')));
}

/** Undefined where kustomize is not installed. */
export async function renderKustomization(folder: string): Promise<Manifest[] | undefined> {
  const isThere = await run('kustomize', ['version']).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const { stdout } = await run('kustomize', ['build', folder], { maxBuffer: 16 * 1024 * 1024 });
  return parseManifests(stdout);
}

const moduleOf = ({ apiVersion }: Manifest): string => `kubernetes-models/${apiVersion}`;

/** What the schema validators say, one line per problem. */
export async function findSchemaProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const problems: string[] = [];
  for (const manifest of manifests) {
    const models = (await import(moduleOf(manifest))) as Record<string, new (data: unknown) => { validate(): void }>;
    const Model = models[manifest.kind];
    if (!Model) {
      problems.push(`${manifest.apiVersion} has no ${manifest.kind}`);
      continue;
    }
    try {
      new Model(manifest).validate();
    } catch (error) {
      problems.push(`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`);
    }
  }
  return problems;
}

/** What the compiler says of the manifests as literals of the API's types: unknown fields above all. */
export function findTypeProblems(manifests: readonly Manifest[]): string[] {
  const file = resolve('test/support/manifests-under-test.ts');
  const source = manifests
    .map((manifest, index) => {
      const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
      return `export const manifest${String(index)}: ${type} = ${JSON.stringify(manifest, undefined, 1)};`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : readFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '));
}
