/** What the composition root hands to this room; every bound has a default that suits a head CT. */
import type { Logger } from 'pino';
import type { PacsEndpoint } from './dicomweb/pacs-endpoint.ts';
import type { PacsLimits } from './dicomweb/dicomweb-client.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

export interface CtSourceOptions {
  /** The allow-list; the first is used where the chart names no address. */
  readonly endpoints: readonly PacsEndpoint[];
  readonly workers: WorkerPool;
  readonly logger: Logger;
  readonly limits?: Partial<CtLimits>;
  /** Another rule file than series-selection/rules.json, parsed JSON. */
  readonly selectionRules?: unknown;
  /** Milliseconds, monotonic; for stage timings. */
  readonly now?: () => number;
}

export interface CtLimits extends PacsLimits {
  /** Series of one study that are looked at. */
  readonly maximumSeries: number;
  readonly maximumInflatedBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_CT_LIMITS: CtLimits = {
  idleTimeoutMs: 30_000,
  maximumMetadataBytes: 48 * MIB,
  maximumPartBytes: 320 * MIB,
  maximumSeriesBytes: 2048 * MIB,
  maximumInstances: 3000,
  maximumSeries: 48,
  maximumInflatedBytes: 512 * MIB,
};
