/** The codings that several resources share; each with the place it comes from. */
import type { CodeableConcept, Coding } from '@medplum/fhirtypes';
import { CODE_SYSTEMS } from './canonical.ts';

/** HL7 AI Transparency on FHIR (Labeling.fsh): the label of what an algorithm asserted. */
export const AI_ASSERTED: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'AIAST',
  display: 'Artificial Intelligence asserted',
};

/** HL7 AI Transparency on FHIR (AIDevice.fsh). */
export const AI_DEVICE: Coding = {
  system: 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS',
  code: 'Artificial-Intelligence',
  display: 'Artificial Intelligence',
};

/** HL7 AI Transparency on FHIR (AIinputsCS). */
export const AI_MODEL_CARD: Coding = {
  system: 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS',
  code: 'AIModelCard',
  display: 'AI Model Card',
};

export const NETWORK_ENSEMBLE: Coding = {
  system: CODE_SYSTEMS.methods,
  code: 'network-ensemble',
  display: 'Ensemble of convolutional networks',
};

export function concept(coding: Coding, text?: string): CodeableConcept {
  return { coding: [coding], text: text ?? coding.display ?? coding.code ?? '' };
}
