/** The Fault that a promise is expected to end with. */
import { Fault } from '../../src/errors.ts';

export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('Expected a Fault, but the promise was fulfilled');
}
