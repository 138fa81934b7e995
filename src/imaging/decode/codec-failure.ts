/** A codec gave up: whatever the cause, this thread's codecs are not to be trusted any more (ADR 0041). */
import { Fault } from '../../errors.ts';

export class CodecFailure extends Fault {
  constructor(message: string, cause?: unknown) {
    super('codec-failed', message, { cause, retryable: false });
  }
}
