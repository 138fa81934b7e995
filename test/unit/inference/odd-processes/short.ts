/** Answers with too few logits. */
import { answerWith } from './answer-with.ts';

answerWith(() => new Float32Array(1));
