/**
 * Validates a resource against R4 and against a profile of fhir-profiles/generated. Medplum's validator checks
 * cardinality, slices and invariants; it checks no bindings and only warns about reference types, so bindings are
 * checked here from the collected tokens and every issue counts.
 */
import { readFileSync, readdirSync } from 'node:fs';
import {
  OperationOutcomeError,
  indexStructureDefinitionBundle,
  validateResource,
  validateTypedValue,
} from '@medplum/core';
import type { TypedValueWithPath, ValidatorOptions } from '@medplum/core';
import type { CodeSystem, OperationOutcomeIssue, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { loadFhirDefinitions } from '../../src/sandbox/fhir-server/load-definitions.ts';

const GENERATED = new URL('../../fhir-profiles/generated/', import.meta.url);

export function readGenerated<Type extends Resource>(prefix: string): Type[] {
  return readdirSync(GENERATED)
    .filter((name) => name.startsWith(`${prefix}-`))
    .map((name) => JSON.parse(readFileSync(new URL(name, GENERATED), 'utf8')) as Type);
}

const profiles = new Map(readGenerated<StructureDefinition>('StructureDefinition').map((one) => [one.url, one]));
const valueSets = new Map(readGenerated<ValueSet>('ValueSet').map((one) => [one.url, one]));
const codeSystems = new Map(readGenerated<CodeSystem>('CodeSystem').map((one) => [one.url, one]));
let indexed = false;

/** Everything that is wrong with the resource; empty when it conforms to R4 and to all our profiles it claims. */
export function findIssues(resource: Resource, extraProfiles: readonly string[] = []): string[] {
  loadFhirDefinitions();
  if (!indexed) {
    indexStructureDefinitionBundle([...profiles.values()]);
    indexed = true;
  }
  const claimed = (resource.meta?.profile ?? []).filter((url) => profiles.has(url));
  const wanted = [...claimed, ...extraProfiles];
  if (wanted.length === 0) return ['claims no profile of ours'];
  return [
    ...[undefined, ...wanted].flatMap((url) => [...validate(resource, url), ...checkBindings(resource, url)]),
    ...checkExtensions(resource),
  ];
}

function validate(resource: Resource, url: string | undefined): string[] {
  const profile = url === undefined ? undefined : profiles.get(url);
  return collectIssues(() => validateResource(resource, profile ? { profile } : {}));
}

function collectIssues(run: () => readonly OperationOutcomeIssue[]): string[] {
  try {
    return run().map(say);
  } catch (error) {
    if (error instanceof OperationOutcomeError) return error.outcome.issue.map(say);
    throw error;
  }
}

function say(issue: OperationOutcomeIssue): string {
  return `${issue.details?.text ?? issue.diagnostics ?? 'issue'} (${issue.expression?.join() ?? ''})`;
}

/** Every token that stands where a profile binds a value set of ours must be in it. */
function checkBindings(resource: Resource, url: string | undefined): string[] {
  const profile = url === undefined ? undefined : profiles.get(url);
  if (!profile) return [];
  const bound = (profile.snapshot?.element ?? [])
    .filter(({ binding }) => binding?.strength === 'required' && valueSets.has(binding.valueSet ?? ''))
    .map(({ path, binding }) => ({ path, valueSet: valueSets.get(binding?.valueSet ?? '') }));
  const tokens: Record<string, TypedValueWithPath[]> = {};
  try {
    validateResource(resource, { profile, collect: { tokens } } satisfies ValidatorOptions);
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
  }
  const found = Object.values(tokens).flat();
  return [
    ...bound.flatMap(({ path, valueSet }) =>
      found
        .filter((token) => toElementPath(token.path) === path)
        .flatMap((token) => toCodings(token.value, valueSet))
        .filter((coding) => valueSet !== undefined && !contains(valueSet, coding))
        .map((coding) => `${coding.system ?? ''}|${coding.code ?? ''} is not in ${valueSet?.id ?? ''} (${path})`),
    ),
  ];
}

/** Medplum does not apply an extension's own definition to it: every extension of ours is validated by itself. */
function checkExtensions(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(checkExtensions);
  if (typeof value !== 'object' || value === null) return [];
  const { url } = value as { url?: unknown };
  const profile = typeof url === 'string' ? profiles.get(url) : undefined;
  const own = profile
    ? [
        ...collectIssues(() => validateTypedValue({ type: 'Extension', value }, { profile })),
        ...checkExtensionBinding(value, profile),
      ]
    : [];
  return [...own, ...Object.values(value).flatMap(checkExtensions)];
}

function checkExtensionBinding(extension: object, definition: StructureDefinition): string[] {
  return (definition.snapshot?.element ?? []).flatMap(({ path, binding }) => {
    const valueSet = valueSets.get(binding?.valueSet ?? '');
    if (!valueSet || binding?.strength !== 'required' || !path.startsWith('Extension.value')) return [];
    const held = Object.entries(extension).find(([name]) => name.startsWith('value'))?.[1] as unknown;
    return toCodings(held, valueSet)
      .filter((coding) => !contains(valueSet, coding))
      .map((coding) => `${coding.code ?? ''} is not in ${valueSet.id ?? ''} (${definition.id ?? ''})`);
  });
}

interface Code {
  readonly system?: string | undefined;
  readonly code?: string | undefined;
}

function toCodings(value: unknown, valueSet: ValueSet | undefined): Code[] {
  if (typeof value === 'string') return [{ system: valueSet?.compose?.include[0]?.system, code: value }];
  const { coding, code, system } = value as Code & { coding?: Code[] };
  return coding ?? [{ system, code }];
}

function contains(valueSet: ValueSet, { system, code }: Code): boolean {
  return (valueSet.compose?.include ?? []).some((include) => {
    if (include.system !== system) return false;
    const concepts = include.concept ?? codeSystems.get(system)?.concept ?? [];
    return concepts.some((concept) => concept.code === code);
  });
}

function toElementPath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '');
}
