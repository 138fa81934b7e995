/**
 * Circuit breaker with a handshake: a server counts as up only after it has proven itself (ready, the right shapes,
 * the right numbers), is taken down after a few failures in a row, and must prove itself again before it gets
 * another study: a server that restarted may serve other weights. No order is ever spent on finding out.
 */
import type { Logger } from 'pino';
import { toFault } from '../errors.ts';

export interface ServerWatchOptions {
  readonly logger: Logger;
  /** Proves the server; rejects when it is not fit. */
  readonly handshake: (signal: AbortSignal) => Promise<void>;
  /** Failures in a row that take it down. */
  readonly failuresToOpen: number;
  /** Pause before the first new handshake; doubles up to 32 times this. */
  readonly cooldownMs: number;
}

export class ServerWatch {
  readonly #options: ServerWatchOptions;
  readonly #closing = new AbortController();
  #state: 'connecting' | 'up' | 'closed' = 'connecting';
  #failures = 0;
  /** Since it last answered a study. */
  #pauses = 0;
  #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #wentUp = Promise.withResolvers<undefined>();
  #lastFault: unknown;

  constructor(options: ServerWatchOptions) {
    this.#options = options;
    this.#pauseMs = options.cooldownMs;
    this.#wentUp.promise.catch(() => undefined);
    void this.#connect();
  }

  isUp(): boolean {
    return this.#state === 'up';
  }

  /** Resolves when the first handshake succeeds, or at once when the server is up. */
  whenUp(): Promise<undefined> {
    return this.#wentUp.promise;
  }

  /** Why it is not up. */
  lastFault(): unknown {
    return this.#lastFault;
  }

  /** How long until the next handshake at most. */
  pauseMs(): number {
    return this.#pauseMs;
  }

  recordSuccess(): void {
    this.#failures = 0;
    this.#pauses = 0;
  }

  recordFailure(fault: unknown): void {
    this.#failures += 1;
    this.#lastFault = fault;
    if (this.#failures >= this.#options.failuresToOpen) this.takeDown(fault);
  }

  /** At once: it gets nothing until it has proven itself again. */
  takeDown(fault: unknown): void {
    this.#lastFault = fault;
    if (this.#state !== 'up') return;
    const { code, message, details } = toFault(fault);
    this.#options.logger.error({ failures: this.#failures, code, message, details }, 'inference server taken down');
    this.#state = 'connecting';
    this.#wentUp = Promise.withResolvers<undefined>();
    this.#wentUp.promise.catch(() => undefined);
    this.#connectLater();
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#closing.abort();
    this.#wentUp.reject(new Error('closed'));
  }

  async #connect(): Promise<void> {
    try {
      await this.#options.handshake(this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      this.#state = 'up';
      this.#failures = 0;
      this.#options.logger.info('inference server is up and proven');
      this.#wentUp.resolve(undefined);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#lastFault = error;
      const { code, message } = toFault(error);
      this.#options.logger.warn({ code, message, attempts: this.#pauses + 1 }, 'inference server is not fit');
      this.#connectLater();
    }
  }

  /** Proof alone does not shorten the pause: a server that is proven and then fails again and again is asked ever less. */
  #connectLater(): void {
    this.#pauseMs = this.#options.cooldownMs * 2 ** Math.min(this.#pauses, 5);
    this.#pauses += 1;
    this.#timer = setTimeout(() => void this.#connect(), this.#pauseMs);
  }
}
