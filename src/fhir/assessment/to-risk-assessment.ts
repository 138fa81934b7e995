/** One finding as a RiskAssessment that conforms to its profile in fhir-profiles/. */
import type { Device, Reference, RiskAssessment } from '@medplum/fhirtypes';
import type { Finding, StudyAssessment } from '../../assessment/domain/finding.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { CODE_SYSTEMS, EXTENSIONS, IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import { AI_ASSERTED, NETWORK_ENSEMBLE } from '../terminology/codings.ts';
import { STUDY_RECORD_REFERENCE, toStudyRecord } from './study-record.ts';
import evidenceNotes from './evidence-note.json' with { type: 'json' };
import targets from './target-coding.json' with { type: 'json' };
import { toPrediction } from './to-prediction.ts';

/** The finding that carries the study record, and whose final status says that all of it is written. */
export const RECORD_CARRIER: Target = 'ich-present';

/** An EHR that shows only probability and note still shows what the number is worth. */
const PURPOSE = 'Decision support from an image model; it informs and does not diagnose.';

/** For a reader who sees two results of one CT and no extension. */
const MADE_AGAIN =
  'Made again: further images of this CT arrived after an earlier assessment. This one counts; the earlier one does not cover them.';

export interface FindingLinks {
  readonly ensembleDevice: Reference<Device>;
  /** Observations this finding rests on. */
  readonly observations: readonly Reference[];
  /** The same finding on the same study by an earlier model version, or from fewer images. */
  readonly supersedes: readonly Reference[];
}

/** FHIR R4 observation-status: an abstention is `cancelled`, not performed, with its reason (ADR 0051). */
export function toFinalStatus(finding: Finding): RiskAssessment['status'] {
  return finding.kind === 'estimate' ? 'final' : 'cancelled';
}

export function toFindingIdentifier(key: string, target: Target): string {
  return `${key}.${target}`;
}

export function toRiskAssessment(finding: Finding, assessment: StudyAssessment, links: FindingLinks): RiskAssessment {
  const { key, ensemble, revision } = assessment;
  const carriesRecord = finding.target === RECORD_CARRIER;
  return {
    resourceType: 'RiskAssessment',
    meta: {
      profile: [PROFILES[finding.target]],
      security: [AI_ASSERTED],
      tag: [{ system: IDENTIFIERS.assessmentTag, code: key }],
    },
    ...(carriesRecord ? { contained: [toStudyRecord(assessment)] } : {}),
    extension: [
      { url: EXTENSIONS.evidenceLevel, valueCode: finding.evidenceLevel },
      { url: EXTENSIONS.modelDigest, valueString: ensemble.digest },
      ...(assessment.inputDigest === undefined
        ? []
        : [{ url: EXTENSIONS.inputDigest, valueString: assessment.inputDigest }]),
      ...(carriesRecord
        ? [{ url: EXTENSIONS.studyRecord, valueReference: { reference: STUDY_RECORD_REFERENCE } }]
        : []),
      ...links.supersedes.map((valueReference) => ({ url: EXTENSIONS.supersedes, valueReference })),
    ],
    identifier: [
      { system: IDENTIFIERS.finding, value: toFindingIdentifier(key, finding.target) },
      { system: IDENTIFIERS.assessment, value: key },
      ...(revision ? [{ system: IDENTIFIERS.firstAssessment, value: revision.firstKey }] : []),
    ],
    status: toFinalStatus(finding),
    method: {
      coding: [NETWORK_ENSEMBLE, { system: IDENTIFIERS.ensemble, code: ensemble.digest }],
      text: `${ensemble.id} ${ensemble.version}`,
    },
    code: {
      coding: [{ system: CODE_SYSTEMS.targets, code: finding.target, display: targets[finding.target].display }],
      text: targets[finding.target].display,
    },
    subject: { reference: `Patient/${assessment.patientId}` },
    occurrenceDateTime: assessment.assessedAt,
    performer: links.ensembleDevice,
    basis: [{ reference: `ImagingStudy/${assessment.imagingStudyId}` }, ...links.observations],
    prediction: [toPrediction(finding, assessment)],
    note: [{ text: `${PURPOSE} ${evidenceNotes[finding.evidenceLevel]}` }, ...(revision ? [{ text: MADE_AGAIN }] : [])],
  };
}
