/**
 * The only suggestion this service makes: a draft order for a follow-up head CT, beside a raised risk. It creates a
 * draft the clinician still has to sign; it is never recommended, never preselected, never a system action.
 */
import { z } from 'zod';
import { Fault } from '../../src/errors.ts';
import type { Suggestion } from '../../src/cds/response-schema.ts';
import type { CardTexts } from './card-texts.ts';

const followUpCt = z.object({ delayHours: z.number().positive(), code: z.record(z.string(), z.unknown()) });

export type FollowUpCt = z.infer<typeof followUpCt>;

/** Throws Fault `config-invalid`. */
export function requireFollowUpCt(value: unknown): FollowUpCt {
  const result = followUpCt.safeParse(value);
  if (!result.success) throw new Fault('config-invalid', 'follow-up-ct.json needs delayHours and code');
  return result.data;
}

export interface FollowUpFacts {
  readonly uuid: string;
  readonly patientId: string;
  readonly encounterId?: string;
  readonly userId: string;
  readonly orderedAt: string;
}

export function suggestFollowUpCt(facts: FollowUpFacts, template: FollowUpCt, texts: CardTexts): Suggestion {
  const dueAt = new Date(Date.parse(facts.orderedAt) + template.delayHours * 3_600_000).toISOString();
  return {
    label: texts.phrase('follow-up-label'),
    uuid: facts.uuid,
    actions: [
      {
        type: 'create',
        description: texts.phrase('follow-up-description'),
        resource: {
          resourceType: 'ServiceRequest',
          status: 'draft',
          intent: 'proposal',
          code: template.code,
          subject: { reference: `Patient/${facts.patientId}` },
          ...(facts.encounterId === undefined ? {} : { encounter: { reference: `Encounter/${facts.encounterId}` } }),
          requester: { reference: facts.userId },
          authoredOn: facts.orderedAt,
          occurrenceDateTime: dueAt,
          reasonCode: [{ text: texts.phrase('follow-up-reason') }],
        },
      },
    ],
  };
}
