/**
 * From CT and networks to result. Shape: HL7 AI Transparency on FHIR, AI-Provenance; a newer model version names
 * the results it revises.
 */
import type { Device, Provenance, Reference } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import { IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import { AI_ASSERTED, AI_DEVICE, concept } from '../terminology/codings.ts';

const PARTICIPANT_TYPES = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';

export interface ProvenanceLinks {
  readonly targets: readonly Reference[];
  readonly service: Reference<Device>;
  readonly ensemble: Reference<Device>;
  readonly networks: readonly Reference<Device>[];
  readonly modelCards: readonly Reference[];
  readonly supersedes: readonly Reference[];
}

export function toProvenance(assessment: StudyAssessment, links: ProvenanceLinks): Provenance {
  const agent = (code: string, display: string, who: Reference<Device>) => ({
    type: concept({ system: PARTICIPANT_TYPES, code, display }),
    role: [concept(AI_DEVICE)],
    who,
  });
  return {
    resourceType: 'Provenance',
    meta: {
      profile: [PROFILES.provenance],
      tag: [
        { system: IDENTIFIERS.assessmentTag, code: assessment.key },
        { system: IDENTIFIERS.record, code: toProvenanceTag(assessment.key) },
      ],
    },
    target: [...links.targets],
    occurredDateTime: assessment.assessedAt,
    recorded: assessment.assessedAt,
    reason: [concept(AI_ASSERTED)],
    activity: concept({
      system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation',
      code: 'CREATE',
      display: 'create',
    }),
    agent: [
      agent('author', 'Author', links.ensemble),
      ...links.networks.map((network) => agent('performer', 'Performer', network)),
      {
        type: concept({ system: PARTICIPANT_TYPES, code: 'assembler', display: 'Assembler' }),
        who: links.service,
      },
    ],
    entity: [
      { role: 'source', what: { reference: `ImagingStudy/${assessment.imagingStudyId}` } },
      ...links.modelCards.map((what) => ({ role: 'derivation' as const, what })),
      ...links.supersedes.map((what) => ({ role: 'revision' as const, what })),
    ],
  };
}

export function toProvenanceTag(key: string): string {
  return `${key}.provenance`;
}
