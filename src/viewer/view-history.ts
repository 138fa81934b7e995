/**
 * Who has been told and who has looked, from the AuditEvents of one assessment (docs/audit.md). A link names no
 * user, only the hook call it was handed out in: the user is the one who signed that call's order.
 */
import { z } from 'zod';
import type { ChartSearch } from '../assessment/scores/create-score-reader.ts';

/** As assessment/domain/ports.ts names them; the audit writes them as subtype codes. The page has words for them. */
const SHOWN = ['order-answered', 'evidence-viewed'] as const;

const auditEvent = z.looseObject({
  resourceType: z.literal('AuditEvent'),
  recorded: z.string(),
  outcome: z.string().optional(),
  subtype: z.array(z.looseObject({ code: z.string().optional() })).default([]),
  agent: z.array(
    z.looseObject({
      requestor: z.boolean().optional(),
      who: z.looseObject({ reference: z.string().optional() }).optional(),
    }),
  ),
  entity: z
    .array(
      z.looseObject({
        type: z.looseObject({ code: z.string().optional() }).optional(),
        what: z.looseObject({ identifier: z.looseObject({ value: z.string().optional() }).optional() }).optional(),
      }),
    )
    .default([]),
});

type AuditEvent = z.infer<typeof auditEvent>;

export interface PastView {
  readonly at: string;
  readonly what: (typeof SHOWN)[number];
  /** `Practitioner/x`; absent where nobody is known. */
  readonly who?: string;
}

export type ViewHistory = (
  assessmentKey: string,
  options: { readonly signal: AbortSignal },
) => Promise<readonly PastView[]>;

const MAXIMUM_EVENTS = '100';

/** Newest first; throws what the search throws. */
export function createViewHistory(search: ChartSearch): ViewHistory {
  return async (assessmentKey, options) => {
    const parameters = [
      ['_tag', assessmentKey],
      ['_sort', '-date'],
      ['_count', MAXIMUM_EVENTS],
    ] as const;
    const bundle = (await search('AuditEvent', parameters, options)) as { entry?: readonly { resource?: unknown }[] };
    return readViewHistory((bundle.entry ?? []).map((entry) => entry.resource));
  };
}

export function readViewHistory(resources: readonly unknown[]): readonly PastView[] {
  const events = resources.flatMap((resource) => auditEvent.safeParse(resource).data ?? []);
  const usersByHook = new Map(events.flatMap((event) => pairUser(event)));
  return events
    .filter((event) => event.outcome === '0')
    .flatMap((event) => {
      const what = SHOWN.find((one) => hasSubtype(event, one));
      if (what === undefined) return [];
      const who = findUser(event) ?? usersByHook.get(findHook(event) ?? '');
      return [{ at: event.recorded, what, ...(who === undefined ? {} : { who }) }];
    })
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

function pairUser(event: AuditEvent): [hook: string, user: string][] {
  const [hook, user] = [findHook(event), findUser(event)];
  return hook === undefined || user === undefined ? [] : [[hook, user]];
}

function hasSubtype(event: AuditEvent, code: string): boolean {
  return event.subtype.some((subtype) => subtype.code === code);
}

function findUser(event: AuditEvent): string | undefined {
  return event.agent.find((agent) => agent.requestor === true)?.who?.reference;
}

/** BALP's XrequestId entity holds the hookInstance. */
function findHook(event: AuditEvent): string | undefined {
  return event.entity.find((entity) => entity.type?.code === 'XrequestId')?.what?.identifier?.value;
}
