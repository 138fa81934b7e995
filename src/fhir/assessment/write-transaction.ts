/** The plan as one transaction: all of it or nothing, and nothing twice (FHIR R4 http#transaction, http#ccreate). */
import type { Bundle } from '@medplum/fhirtypes';
import { Fault, isFault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { toCriteria } from './planned-write.ts';
import type { PlannedWrite } from './planned-write.ts';

export function toTransaction(plan: readonly PlannedWrite[]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: plan.map((write) => ({
      fullUrl: write.placeholder,
      resource: write.resource,
      request: { method: 'POST', url: write.resource.resourceType, ifNoneExist: toCriteria(write) },
    })),
  };
}

/** False when the server has no transactions; the plan then goes in steps. Throws Fault for everything else. */
export async function writeTransaction(
  connection: FhirConnection,
  plan: readonly PlannedWrite[],
  options: { readonly signal: AbortSignal },
): Promise<boolean> {
  let answer: Bundle;
  try {
    answer = await connection.transact(toTransaction(plan), options);
  } catch (error) {
    if (isFault(error) && meansNoTransactions(error)) return false;
    throw error;
  }
  const failed = (answer.entry ?? []).find(({ response }) => !/^2\d\d/.test(response?.status ?? ''));
  if (answer.type !== 'transaction-response' || failed || answer.entry?.length !== plan.length) {
    throw new Fault('fhir-refused', 'The FHIR server did not carry out the whole transaction', {
      retryable: true,
      details: { entries: answer.entry?.length ?? 0, wanted: plan.length, status: failed?.response?.status ?? 'none' },
    });
  }
  return true;
}

/**
 * 404/405/501 on the base, or 400/422 "not-supported". The issue code decides for 400: a server that refuses the
 * content must not be sent the same content piece by piece.
 */
function meansNoTransactions({ code, details }: Fault): boolean {
  const { status } = details;
  if (code === 'not-found' || status === 405 || status === 501) return true;
  return (status === 400 || status === 422) && details['issue'] === 'not-supported';
}
