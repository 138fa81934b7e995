/**
 * The identifiers under which the chart knows the patient (Patient.identifier): a CT whose Patient ID is none of
 * them belongs to somebody else. Read at analysis time only. Nothing here is logged.
 */
import { z } from 'zod';
import { isFault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';

const patientSchema = z.object({
  identifier: z.array(z.object({ value: z.string().optional() })).default([]),
});

/** None where the chart does not hold the patient, may not show it, or lists no identifier: then nothing is compared. */
export async function readPatientIdentifiers(
  connection: FhirConnection,
  patientId: string,
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  try {
    const patient = patientSchema.safeParse(await connection.read(`Patient/${patientId}`, options));
    if (!patient.success) return [];
    return patient.data.identifier.flatMap(({ value }) => (value === undefined ? [] : [value.trim()]));
  } catch (error) {
    if (isFault(error) && !error.retryable) return [];
    throw error;
  }
}
