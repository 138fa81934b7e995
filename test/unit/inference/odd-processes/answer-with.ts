/** What the misbehaving inference processes share: they are ready at once and answer runs as told. */
import type { ProcessReport, ProcessRequest, RunRequest } from '../../../../src/inference/onnx-process-protocol.ts';

const CAM_CELLS = 49;

/** @param toLogits undefined: never answer */
export function answerWith(toLogits: (run: RunRequest) => Float32Array | undefined): void {
  const report = (message: ProcessReport): unknown => process.send?.(message);
  process.on('message', (request: ProcessRequest) => {
    if (request.kind === 'load') {
      report({ kind: 'ready', loadMs: 0, residentMb: 0 });
      return;
    }
    const logits = toLogits(request);
    const cams = new Float32Array(request.dims[0] * 3 * CAM_CELLS);
    if (logits) report({ kind: 'answer', id: request.id, logits, cams, runMs: 0 });
  });
}
