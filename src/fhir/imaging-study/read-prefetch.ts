/**
 * The three states of a prefetch key (CDS Hooks 2.0, Prefetch Template): answered with studies, answered with
 * "there is nothing" (null or an empty Bundle), or not answered (absent, or an OperationOutcome in its place).
 */
import { Fault } from '../../errors.ts';
import { imagingStudySchema, searchsetSchema } from './imaging-study-schema.ts';
import type { ImagingStudyFacts, Searchset } from './imaging-study-schema.ts';

export interface StudyPage {
  readonly studies: readonly ImagingStudyFacts[];
  /** Address of the next page, unchecked. */
  readonly next: string | undefined;
}

export type Prefetched =
  | { readonly kind: 'answered'; readonly page: StudyPage }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not-answered' };

/** Throws `request-malformed` for a value that is neither a Bundle nor an OperationOutcome. */
export function readPrefetch(value: unknown): Prefetched {
  if (value === undefined || isOutcome(value)) return { kind: 'not-answered' };
  if (value === null) return { kind: 'nothing' };
  const bundle = searchsetSchema.safeParse(value);
  if (!bundle.success) throw new Fault('request-malformed', 'The prefetched imaging studies are not a FHIR Bundle');
  const page = toPage(bundle.data);
  if (page.studies.length === 0 && bundle.data.entry?.some(({ resource }) => isOutcome(resource))) {
    return { kind: 'not-answered' };
  }
  if (page.studies.length === 0 && page.next === undefined) return { kind: 'nothing' };
  return { kind: 'answered', page };
}

/** Undefined when the value is no Bundle. Entries that are no readable ImagingStudy are left out. */
export function toStudyPage(value: unknown): StudyPage | undefined {
  const bundle = searchsetSchema.safeParse(value);
  return bundle.success ? toPage(bundle.data) : undefined;
}

function toPage({ entry, link }: Searchset): StudyPage {
  return {
    studies: (entry ?? []).flatMap(({ resource }) => imagingStudySchema.safeParse(resource).data ?? []),
    next: link?.find(({ relation }) => relation === 'next')?.url,
  };
}

function isOutcome(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'OperationOutcome'
  );
}
