/** Answers with NaN. */
import { answerWith } from './answer-with.ts';

answerWith((run) => new Float32Array(run.dims[0] * 3).fill(NaN));
