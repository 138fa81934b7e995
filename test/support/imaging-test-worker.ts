/**
 * A worker that misbehaves on demand, for the tests of the pool: the Patient ID of the expected instance says how.
 */
import { parentPort } from 'node:worker_threads';

interface Message {
  readonly id: number;
  readonly request: { readonly expected: { readonly patientId: string } };
}

parentPort?.on('message', ({ id, request }: Message) => {
  switch (request.expected.patientId) {
    case 'hang':
      for (;;);
    case 'die':
      process.exit(3);
      break;
    case 'throw':
      throw new Error('outside of any task');
    case 'tainted': {
      const fault = { code: 'codec-failed', message: 'wedged', retryable: false, details: {} };
      parentPort?.postMessage({ id, fault, tainted: true });
      break;
    }
    default:
      parentPort?.postMessage({ id, answer: { kind: 'decoded', transferSyntaxUid: request.expected.patientId } });
  }
});
