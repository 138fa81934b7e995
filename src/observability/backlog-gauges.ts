/**
 * How much waits in the queue and the outboxes, read from the database once per scrape: the same on every replica.
 * When the database cannot be asked, these figures are left out and `analysis_queue_readable` says so; the other
 * metrics of the process stay readable, because that is when they are needed.
 */
import { Gauge, type Registry } from 'prom-client';

export interface QueueFigures {
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly failed: number;
  readonly oldestWaitingSeconds: number;
  readonly completedPerMinute: number;
}

/** What waits to be written to the chart or the audit, per queue. */
export interface OutboxFigures {
  readonly queue: string;
  readonly waiting: number;
  /** Refused for good: an operator must act (docs/runbook.md). */
  readonly refused: number;
  readonly oldestSeconds: number;
}

export interface BacklogReader {
  readFigures(): Promise<QueueFigures>;
  readOutboxes(): Promise<readonly OutboxFigures[]>;
}

interface Backlog {
  readonly queue: QueueFigures;
  readonly outboxes: readonly OutboxFigures[];
}

interface BacklogGauge {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly show: (gauge: Gauge, backlog: Backlog) => void;
}

const QUEUE_STATES = ['waiting', 'running', 'retrying', 'failed'] as const;

const GAUGES: readonly BacklogGauge[] = [
  {
    name: 'analysis_queue_jobs',
    help: 'Analyses by state; failed: given up within the retention',
    labelNames: ['state'],
    show: (gauge, { queue }) => QUEUE_STATES.forEach((state) => gauge.set({ state }, queue[state])),
  },
  {
    name: 'analysis_queue_oldest_seconds',
    help: 'Age of the longest waiting analysis',
    show: (gauge, { queue }) => gauge.set(queue.oldestWaitingSeconds),
  },
  {
    name: 'analysis_queue_completed_per_minute',
    help: 'Analyses completed by all replicas together, mean of the last five minutes',
    show: (gauge, { queue }) => gauge.set(queue.completedPerMinute),
  },
  {
    name: 'outbox_items',
    help: 'What is owed to the chart and the audit, by queue; refused: an operator must act',
    labelNames: ['queue', 'state'],
    show: (gauge, { outboxes }) => {
      for (const { queue, waiting, refused } of outboxes) {
        gauge.set({ queue, state: 'waiting' }, waiting);
        gauge.set({ queue, state: 'refused' }, refused);
      }
    },
  },
  {
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest item that is owed, by queue',
    labelNames: ['queue'],
    show: (gauge, { outboxes }) => {
      for (const { queue, oldestSeconds } of outboxes) gauge.set({ queue }, oldestSeconds);
    },
  },
];

export function addBacklogGauges(registry: Registry, reader: BacklogReader): void {
  const read = shareReading(reader);
  for (const { name, help, labelNames = [], show } of GAUGES) {
    const gauge = new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const backlog = await read();
        // Without a reading an old figure must not stand there as if it were today's.
        if (backlog) show(this, backlog);
        else if (labelNames.length > 0) this.reset();
        else this.remove();
      },
    });
    if (labelNames.length === 0) gauge.remove();
  }
  new Gauge({
    name: 'analysis_queue_readable',
    help: '1 where the database of the queue could be asked for this scrape, else 0',
    registers: [registry],
    async collect() {
      this.set((await read()) === undefined ? 0 : 1);
    },
  });
}

/** The gauges of one scrape are collected side by side: they share one reading. */
function shareReading(reader: BacklogReader): () => Promise<Backlog | undefined> {
  let reading: Promise<Backlog | undefined> | undefined;
  const load = async (): Promise<Backlog | undefined> => {
    try {
      const [queue, outboxes] = await Promise.all([reader.readFigures(), reader.readOutboxes()]);
      return { queue, outboxes };
    } catch {
      return undefined;
    } finally {
      reading = undefined;
    }
  };
  return () => (reading ??= load());
}
