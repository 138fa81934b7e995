/**
 * Medplum's MemoryRepository held to what a real server does: invalid resources are refused, unknown search
 * parameters are refused instead of finding nothing, history stays in order, and a failed transaction leaves
 * no trace. Searches by number, quantity and _has are refused too, because the base class cannot do them.
 */
import {
  OperationOutcomeError,
  badRequest,
  created,
  globalSchema,
  isCreated,
  matchesSearchRequest,
  validateResource,
} from '@medplum/core';
import type { SearchRequest, WithId } from '@medplum/core';
import { MemoryRepository } from '@medplum/fhir-router';
import type { CreateResourceOptions, UpdateResourceOptions } from '@medplum/fhir-router';
import type { Bundle, OperationOutcome, Resource, ResourceType } from '@medplum/fhirtypes';
import { createTokenIndex } from './token-index.ts';

const SEARCHABLE = new Set(['token', 'reference', 'date', 'string', 'uri']);

/** What undoes one write. */
type Undo = () => Promise<unknown>;

export class SandboxRepository extends MemoryRepository {
  private journal: Undo[] | undefined;
  private readonly index = createTokenIndex();

  override async createResource<T extends Resource>(
    resource: T,
    options?: CreateResourceOptions,
    update = false,
  ): Promise<WithId<T>> {
    validateResource(resource);
    const before = update && resource.id ? await this.current(resource.resourceType, resource.id) : undefined;
    const named = { ...resource, id: resource.id ?? this.generateId() };
    this.index.add(named);
    const written = await super.createResource<T>(named, options, update);
    this.journal?.push(() =>
      before ? super.createResource(before, undefined, true) : this.expungeResource(written.resourceType, written.id),
    );
    return written;
  }

  /** As taken over from another server: `meta.lastUpdated` stays as it is given. */
  async seedResource<T extends Resource>(resource: T): Promise<WithId<T>> {
    return this.withSeeding(() => this.createResource(resource));
  }

  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: CreateResourceOptions,
  ): Promise<{ resource: WithId<T>; outcome: OperationOutcome }> {
    refuseUnknownParameters(search);
    validateResource(resource);
    // No candidate means no match; the create below is named in the index before anybody else gets a turn.
    if (this.index.findCandidates(search)?.length === 0) {
      return { resource: await this.createResource(resource, options), outcome: created };
    }
    const result = await super.conditionalCreate(resource, search, options);
    if (isCreated(result.outcome)) {
      this.index.add(result.resource);
      this.journal?.push(() => this.expungeResource(result.resource.resourceType, result.resource.id));
    }
    return result;
  }

  override async updateResource<T extends Resource>(resource: T, options?: UpdateResourceOptions): Promise<WithId<T>> {
    validateResource(resource);
    return super.updateResource(resource, options);
  }

  override async deleteResource(resourceType: string, id: string): Promise<void> {
    const before = await this.current(resourceType, id);
    await super.deleteResource(resourceType, id);
    if (before) this.journal?.push(() => super.createResource(before, undefined, true));
  }

  override async search<T extends Resource>(searchRequest: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    refuseUnknownParameters(searchRequest);
    const isPlain = !searchRequest.sortRules && !searchRequest.include && !searchRequest.revInclude;
    const candidates = isPlain ? this.index.findCandidates(searchRequest) : undefined;
    return candidates ? this.searchAmong(candidates, searchRequest) : super.search(searchRequest);
  }

  private async searchAmong<T extends Resource>(
    ids: readonly string[],
    search: SearchRequest<T>,
  ): Promise<Bundle<WithId<T>>> {
    const found = await Promise.all(ids.map((id) => this.current(search.resourceType, id)));
    const matching = found.filter((one) => one !== undefined && matchesSearchRequest(one, search)) as WithId<T>[];
    const offset = search.offset ?? 0;
    const entry = matching
      .slice(offset, search.count === undefined ? undefined : offset + search.count)
      .map((resource) => ({ search: { mode: 'match' as const }, resource }));
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(entry.length > 0 ? { entry } : {}),
      total: matching.length,
    };
  }

  /** The base class reverses its own array in place, so that every second read was upside down. */
  override async readHistory<T extends Resource>(resourceType: string, id: string): Promise<Bundle<T>> {
    const first = await super.readHistory<T>(resourceType, id);
    await super.readHistory<T>(resourceType, id);
    return first;
  }

  override async withTransaction<Result>(callback: (repo: this) => Promise<Result>): Promise<Result> {
    const journal: Undo[] = [];
    this.journal = journal;
    try {
      return await callback(this);
    } catch (error) {
      this.journal = undefined;
      for (const undo of journal.reverse()) await undo();
      throw error;
    } finally {
      this.journal = undefined;
    }
  }

  private async current(resourceType: string, id: string): Promise<Resource | undefined> {
    try {
      return await this.readResource(resourceType, id);
    } catch (error) {
      if (error instanceof OperationOutcomeError) return undefined;
      throw error;
    }
  }
}

/** FHIR R4 search#errors: a server may refuse parameters it does not know; silence would read as "nothing found". */
function refuseUnknownParameters(search: SearchRequest): void {
  for (const filter of search.filters ?? []) {
    const code = filter.code.split('.')[0]?.split(':')[0] ?? '';
    if (!isSearchable(search.resourceType, code)) {
      throw new OperationOutcomeError(badRequest(`Search parameter not supported: ${search.resourceType}.${code}`));
    }
  }
}

function isSearchable(resourceType: ResourceType, code: string): boolean {
  const parameter = globalSchema.types[resourceType]?.searchParams?.[code];
  return parameter !== undefined && SEARCHABLE.has(parameter.type);
}
