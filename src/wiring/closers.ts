/** What was opened and must be closed again, last opened first; one that fails does not keep the others open. */
import type { Logger } from 'pino';
import { toFault } from '../errors.ts';

export interface Closers {
  add(name: string, close: () => Promise<void>): void;
  closeAll(): Promise<void>;
  isClosing(): boolean;
}

export function createClosers(logger: Logger): Closers {
  const closers: { name: string; close: () => Promise<void> }[] = [];
  let closing = false;
  return {
    isClosing: () => closing,
    add: (name, close) => void closers.push({ name, close }),
    async closeAll() {
      closing = true;
      for (const { name, close } of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          logger.error({ err: toFault(error), part: name }, 'closing failed');
        }
      }
    },
  };
}
