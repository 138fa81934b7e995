/** Never answers a run: stuck. */
import { answerWith } from './answer-with.ts';

answerWith(() => undefined);
