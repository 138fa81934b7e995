/** What a worker can be asked, and what it answers. Everything here survives structured cloning. */
import type { Abstention } from '../../assessment/domain/abstention.ts';
import type { CtVolume } from '../../assessment/domain/ct-volume.ts';
import type { TensorRecipe } from '../../assessment/domain/model-contract.ts';
import type { NetworkInput } from '../../assessment/domain/ports.ts';
import type { ErrorCode } from '../../errors.ts';
import type { InstanceFacts } from '../decode/instance-facts.ts';
import type { VolumeMeasures } from '../quality/measures.ts';
import type { WriteResultsRequest } from '../results/write-results.ts';
import type { DecodedInstance, DecodeInstanceRequest } from '../volume/decode-instance.ts';
import type { SharedVolume } from '../volume/shared-volume.ts';
import type { VolumeGeometry } from '../volume/volume-digest.ts';

export interface FinishVolumeRequest {
  readonly volume: SharedVolume;
  readonly weightSums: readonly number[];
  readonly geometry: VolumeGeometry;
}

export interface TaskMap {
  readonly 'parse-metadata': { request: { readonly bytes: Uint8Array }; answer: readonly InstanceFacts[] };
  readonly 'decode-instance': { request: DecodeInstanceRequest; answer: DecodedInstance | Abstention };
  readonly 'finish-volume': {
    request: FinishVolumeRequest;
    answer: { readonly digest: string; readonly measures: VolumeMeasures };
  };
  readonly 'make-input': {
    request: { readonly volume: CtVolume; readonly recipe: TensorRecipe };
    answer: NetworkInput | Abstention;
  };
  readonly 'write-results': { request: WriteResultsRequest; answer: readonly Uint8Array<ArrayBuffer>[] };
}

export type TaskName = keyof TaskMap;

export interface TaskMessage {
  readonly id: number;
  readonly name: TaskName;
  readonly request: TaskMap[TaskName]['request'];
}

export interface PlainFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export type TaskReply =
  | { readonly id: number; readonly answer: TaskMap[TaskName]['answer'] }
  /** `tainted`: a codec gave up in this thread, which is not to be used again. */
  | { readonly id: number; readonly fault: PlainFault; readonly tainted: boolean };
