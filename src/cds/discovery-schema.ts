/**
 * What discovery offers (CDS Hooks 2.0, Discovery; Prefetch Template). Checked when the router is built, so
 * a service that breaks the rules never starts.
 */
import { z } from 'zod';
import { extension, text } from './coding.ts';

/** Root-level context fields of each hook that hold a primitive and may stand in a template (hook library 1.0.1). */
const CONTEXT_TOKENS: Readonly<Record<string, readonly string[]>> = {
  'order-sign': ['userId', 'patientId', 'encounterId'],
  'order-select': ['userId', 'patientId', 'encounterId'],
};
const USER_TOKENS = ['userPractitionerId', 'userPractitionerRoleId', 'userPatientId', 'userRelatedPersonId'];

/** The recommended subset: reads and type searches; no `_include`, `_revinclude`, chaining or modifier but `:in`. */
const READ = /^[A-Z][A-Za-z]+\/[^?/]+$/;
const SEARCH = /^[A-Z][A-Za-z]+\?[^?]+$/;

export const serviceDefinition = z
  .strictObject({
    hook: text,
    title: text,
    description: text,
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be safe inside a URL path'),
    prefetch: z
      .record(text, text)
      .refine((queries) => Object.keys(queries).length > 0, 'must not be empty')
      .optional(),
    usageRequirements: text.optional(),
    extension: extension.optional(),
  })
  .superRefine((definition, context) => {
    for (const [key, query] of Object.entries(definition.prefetch ?? {})) {
      const complaint = findTemplateFault(query, definition.hook);
      if (complaint !== undefined) context.addIssue({ code: 'custom', path: ['prefetch', key], message: complaint });
    }
  });

export type ServiceDefinition = z.infer<typeof serviceDefinition>;

/** Why a prefetch template leaves the recommended subset, or undefined (Prefetch tokens, Prefetch query restrictions). */
export function findTemplateFault(query: string, hook: string): string | undefined {
  const allowed = (CONTEXT_TOKENS[hook] ?? ['userId', 'patientId', 'encounterId']).map((field) => `context.${field}`);
  const tokens = [...query.matchAll(/\{\{(.*?)\}\}/g)].map((match) => match[1] ?? '');
  const unknown = tokens.find((token) => !allowed.includes(token) && !USER_TOKENS.includes(token));
  if (unknown !== undefined) return `{{${unknown}}} is not a prefetch token of ${hook}`;
  const resolved = query.replaceAll(/\{\{.*?\}\}/g, 'x');
  if (/[{}]/.test(resolved)) return 'tokens are delimited by {{ and }}';
  if (READ.test(resolved)) return undefined;
  if (!SEARCH.test(resolved)) return 'is neither an instance read nor a type search';
  const names = [...new URLSearchParams(resolved.slice(resolved.indexOf('?') + 1)).keys()];
  const outside = names.find((name) => !isPlainParameter(name));
  return outside === undefined ? undefined : `search parameter ${outside} is outside the recommended subset`;
}

function isPlainParameter(name: string): boolean {
  if (name.startsWith('_')) return ['_count', '_sort', '_id', '_lastUpdated'].includes(name);
  return /^[a-z][A-Za-z-]*(:in)?$/.test(name);
}
