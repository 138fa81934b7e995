/**
 * Why a launch or a session opens nothing: a value with a name, never an exception. The words stand with the page
 * (viewer/texts.*.json, under the same names); here is only the HTTP status each one is answered with.
 */
export const LAUNCH_REFUSALS = {
  /** The launch names a FHIR server that this site does not list. */
  'ehr-unknown': 403,
  /** `iss` or `launch` is missing or no text. */
  'launch-malformed': 400,
  /** The state is unknown, was used before or has expired. */
  'launch-unknown': 403,
  /** The state is ours, but the browser is not the one it was given to, or keeps no cookies. */
  'browser-unknown': 403,
  /** The EHR said no, at its authorization or token endpoint. */
  'ehr-refused': 403,
  /** The EHR could not be asked. */
  'ehr-unavailable': 502,
  /** The id_token is missing, not signed by the EHR, too old, or made for somebody else. */
  'identity-invalid': 403,
  /** A valid id_token that names no user of this EHR's chart. */
  'user-unknown': 403,
  /** The EHR did not say whose chart is open. */
  'patient-missing': 403,
  /** The evidence asked for is about somebody else than the patient open in the EHR. */
  'patient-mismatch': 403,
  /** Nothing has been assessed for this patient. */
  'nothing-assessed': 404,
  'session-expired': 403,
  /** A trial: results are shown to nobody. */
  'shadow-mode': 403,
} as const;

export type LaunchRefusal = keyof typeof LAUNCH_REFUSALS;

export interface Refused {
  readonly kind: 'refused';
  readonly reason: LaunchRefusal;
}

export function refuse(reason: LaunchRefusal): Refused {
  return { kind: 'refused', reason };
}
