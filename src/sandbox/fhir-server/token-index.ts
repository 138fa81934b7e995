/**
 * Which resources carry an identifier or a tag: a conditional create or a lookup by key then looks at a few
 * resources instead of all. It may name too many (resources change), never too few; the caller checks.
 */
import { Operator } from '@medplum/core';
import type { Filter, SearchRequest } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';

export interface TokenIndex {
  add(resource: Resource & { id: string }): void;
  /** Ids that may match; undefined when the search names no identifier or tag. */
  findCandidates(search: SearchRequest): readonly string[] | undefined;
}

export function createTokenIndex(): TokenIndex {
  const ids = new Map<string, Set<string>>();
  const remember = (type: string, code: string, token: string, id: string) => {
    const key = toKey(type, code, token);
    const set = ids.get(key) ?? new Set();
    ids.set(key, set.add(id));
  };
  return {
    add: (resource) => {
      for (const [code, system, value] of listTokens(resource)) {
        remember(resource.resourceType, code, `${system}|${value}`, resource.id);
        remember(resource.resourceType, code, value, resource.id);
      }
    },
    findCandidates: (search) => {
      const filter = search.filters?.find(isExact);
      if (!filter) return undefined;
      const tokens = filter.value.split(',');
      return [
        ...new Set(tokens.flatMap((token) => [...(ids.get(toKey(search.resourceType, filter.code, token)) ?? [])])),
      ];
    },
  };
}

/** `system|value` or `value`; `system|` and `|value` mean something else and are left to the full search. */
function isExact({ code, operator, value }: Filter): boolean {
  if ((code !== 'identifier' && code !== '_tag') || operator !== Operator.EQUALS) return false;
  return value.split(',').every((token) => token !== '' && !token.startsWith('|') && !token.endsWith('|'));
}

function* listTokens(resource: Resource): Generator<readonly ['identifier' | '_tag', string, string]> {
  const identifiers = 'identifier' in resource ? [resource.identifier ?? []].flat() : [];
  for (const { system, value } of identifiers) yield ['identifier', system ?? '', value ?? ''];
  for (const { system, code } of resource.meta?.tag ?? []) yield ['_tag', system ?? '', code ?? ''];
}

/** Tokens are compared without regard to case, as the base repository does. */
function toKey(type: string, code: string, token: string): string {
  return `${type} ${code} ${token.toLowerCase()}`;
}
