/**
 * What a CDS client sends (CDS Hooks 2.0, Calling a CDS Service). Unknown fields are ignored, as later versions
 * add some; fields this version knows must be right. Resources inside stay unparsed: they are the service's matter.
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';
import { absoluteUrl, extension, text } from './coding.ts';

const fhirAuthorization = z.object({
  access_token: text,
  token_type: z.literal('Bearer'),
  expires_in: z.int().nonnegative(),
  scope: text,
  subject: text,
  patient: text.optional(),
});

/** A resource as far as this room looks into it. */
const resource = z.looseObject({ resourceType: text });

export const cdsRequest = z
  .object({
    hook: text,
    hookInstance: z.guid(),
    fhirServer: absoluteUrl.optional(),
    fhirAuthorization: fhirAuthorization.optional(),
    context: z.record(z.string(), z.unknown()),
    /** A key may be null: asked, and there is nothing (Prefetch Template). */
    prefetch: z.record(z.string(), resource.nullable()).optional(),
    extension: extension.optional(),
  })
  .refine((request) => request.fhirAuthorization === undefined || request.fhirServer !== undefined, {
    path: ['fhirServer'],
    message: 'is required when fhirAuthorization is present',
  });

export type CdsRequest = z.infer<typeof cdsRequest>;

/** The value as `schema` describes it. Throws Fault `request-malformed` naming fields and rules, never values. */
export function parseMessage<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Fault('request-malformed', describeIssues(result.error));
}

/** Up to five `path: rule` pairs. zod's own messages name types and rules, not the values that were sent. */
export function describeIssues(error: z.ZodError): string {
  const issues = error.issues.slice(0, 5).map((issue) => `${nameIssuePath(issue.path)}: ${nameRule(issue)}`);
  const more = error.issues.length - issues.length;
  return issues.join('; ') + (more > 0 ? `; and ${String(more)} more` : '');
}

/** Only names this schema could know are repeated; a key a caller made up could hold anything. */
function nameIssuePath(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' || /^[A-Za-z_-]{1,32}$/.test(String(step)) ? step : '*'));
  return steps.length === 0 ? 'body' : steps.map(String).join('.');
}

function nameRule(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has unknown fields' : issue.message.slice(0, 120);
}
