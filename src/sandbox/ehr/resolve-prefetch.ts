/**
 * Prefetch as an EHR does it (CDS Hooks 2.0, Prefetch Template): tokens filled from the context, each query asked
 * of the EHR's own FHIR server, nothing found is null, a failed query is an OperationOutcome, and a template with
 * an unknown token is left out.
 */
import type { EhrChart } from './ehr-chart.ts';

const TOKEN = /\{\{\s*([^}]+?)\s*\}\}/g;

export type PrefetchTemplates = Readonly<Record<string, string>>;

export async function resolvePrefetch(
  templates: PrefetchTemplates,
  context: Readonly<Record<string, unknown>>,
  chart: EhrChart,
): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    Object.entries(templates).map(async ([key, template]) => {
      const query = fillTemplate(template, context);
      return query === undefined ? undefined : ([key, await ask(chart, query)] as const);
    }),
  );
  return Object.fromEntries(entries.filter((entry) => entry !== undefined));
}

/** The query, or undefined where a token has no value in this context. */
export function fillTemplate(template: string, context: Readonly<Record<string, unknown>>): string | undefined {
  const tokens = [...template.matchAll(TOKEN)].map(([, token = '']) => readToken(token, context));
  if (tokens.includes(undefined)) return undefined;
  return template.replaceAll(TOKEN, () => tokens.shift() ?? '');
}

function readToken(token: string, context: Readonly<Record<string, unknown>>): string | undefined {
  const user = context['userId'];
  if (token === 'userPractitionerId' && typeof user === 'string' && user.startsWith('Practitioner/')) {
    return user.slice('Practitioner/'.length);
  }
  const value = /^context\.(\w+)$/.exec(token)?.[1];
  const found = value === undefined ? undefined : context[value];
  return typeof found === 'string' ? found : undefined;
}

async function ask(chart: EhrChart, query: string): Promise<unknown> {
  const { status, body } = await chart.query(query);
  if (status === 404 || status === 410) return null;
  if (status >= 200 && status < 300) return body;
  const text = `The query was answered with HTTP ${String(status)}`;
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'processing', details: { text } }],
  };
}
