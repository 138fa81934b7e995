/**
 * The three states of a prefetch key (CDS Hooks 2.0, Prefetch Template): answered with studies, answered with
 * "there is nothing" (null or an empty Bundle), or not answered (absent, or an OperationOutcome in its place).
 */
import { Fault } from '../../errors.ts';
import { imagingStudySchema, searchsetSchema } from './imaging-study-schema.ts';
import type { ImagingStudyFacts, Searchset } from './imaging-study-schema.ts';

export interface StudyPage {
  readonly studies: readonly ImagingStudyFacts[];
  readonly bundle: Searchset;
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
  const page = toStudyPage(value);
  if (!page) throw new Fault('request-malformed', 'The prefetched imaging studies are not a FHIR Bundle');
  const outcomes = (page.bundle.entry ?? []).filter(({ resource }) => isOutcome(resource));
  if (page.studies.length === 0 && outcomes.length > 0) return { kind: 'not-answered' };
  if (page.studies.length === 0 && page.next === undefined) return { kind: 'nothing' };
  return { kind: 'answered', page };
}

/** Undefined when the value is no Bundle. Entries that are no readable ImagingStudy are left out. */
export function toStudyPage(value: unknown): StudyPage | undefined {
  const parsed = searchsetSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const bundle = parsed.data;
  return {
    bundle,
    studies: (bundle.entry ?? []).flatMap(({ resource }) => imagingStudySchema.safeParse(resource).data ?? []),
    next: bundle.link?.find(({ relation }) => relation === 'next')?.url,
  };
}

function isOutcome(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'OperationOutcome'
  );
}
