/**
 * What the service and its inference process say to each other (structured clone over the fork's channel). The pixels of
 * runs come in the same order on a pipe of their own, raw: cloned with the message they take twice as long (ADR 0070).
 */

/** The pipe's descriptor in the inference process, and its place in the child's `stdio`. */
export const PIXELS_FD = 4;
/** Before the pixels of each run: how many bytes they are, uint32 little-endian. */
export const PIXELS_HEAD_BYTES = 4;

/** What computes the networks. */
export type InferenceDevice = 'cpu' | 'cuda';

export interface LoadRequest {
  readonly kind: 'load';
  readonly threads: number;
  /** With `cuda` a machine without ONNX Runtime's CUDA files fails to load, instead of running on the CPU unsaid. */
  readonly device: InferenceDevice;
  /** Where optimised models are kept; undefined: nowhere. */
  readonly cacheDir?: string;
  readonly models: readonly {
    readonly network: string;
    readonly modelFile: string;
    /** SHA-256 of the model file, checked by the service. */
    readonly digest: string;
    readonly inputName: string;
    readonly logitsName: string;
    readonly camName: string;
    /** Shape of the warm-up run: [slices, channels, height, width]. */
    readonly warmUp: readonly [number, number, number, number];
  }[];
}

export interface RunRequest {
  readonly kind: 'run';
  readonly id: number;
  readonly network: string;
  /** Of the pixels, float32 in the machine's byte order. */
  readonly dims: readonly [number, number, number, number];
}

export type ProcessRequest = LoadRequest | RunRequest;

export type ProcessReport =
  /** Every network is loaded and has answered once. */
  | { readonly kind: 'ready'; readonly loadMs: number; readonly residentMb: number }
  | { readonly kind: 'load-failed'; readonly message: string }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly logits: Float32Array;
      readonly cams: Float32Array;
      /** Time inside the network, ms. */
      readonly runMs: number;
    }
  | { readonly kind: 'run-failed'; readonly id: number; readonly message: string };
