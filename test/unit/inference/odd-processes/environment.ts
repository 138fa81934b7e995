/** Answers with the number of environment variables it was given. */
import { answerWith } from './answer-with.ts';

answerWith((run) => new Float32Array(run.dims[0] * 3).fill(Object.keys(process.env).length));
