/** The contenders of bench/inference.ts: our engine, and Python processes that answer one line of JSON per run. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { NetworkEngine, NetworkInput } from '../src/assessment/domain/ports.ts';

/** As the service's own process of the networks has them. */
const LARGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

export interface Measured {
  /** One study through one network, ms, as the caller sees it. */
  readonly ms: number;
  readonly logits: ArrayLike<number>;
  /** Peak resident memory of the process that runs the network so far. */
  readonly residentMb: number;
}

export interface Contender {
  readonly name: string;
  run(network: string): Promise<Measured>;
  close(): Promise<void>;
}

/** A line of contender.py: its greeting (versions, or what is missing), or a measurement. */
type Answer = Partial<Measured> & {
  readonly missing?: string;
  readonly versions?: Readonly<Record<string, string>>;
};

/** @param processId of the process whose memory counts; none for a server elsewhere */
export function toContender(
  name: string,
  engine: NetworkEngine,
  inputs: ReadonlyMap<string, NetworkInput>,
  processId: () => number | undefined,
): Contender {
  return {
    name,
    run: async (named) => {
      const network = engine.ensemble.networks.find((each) => each.network === named)!;
      const startedAt = performance.now();
      const { logits } = await engine.run(network, inputs.get(named)!, { signal: AbortSignal.timeout(300_000) });
      return { ms: performance.now() - startedAt, logits, residentMb: readPeakMb(processId()) };
    },
    close: () => engine.close(),
  };
}

/** @returns the contender, or why there is none (no such Python, a package missing) */
export async function startPython(
  kind: string,
  options: { readonly python: string; readonly words: readonly string[] },
): Promise<Contender | string> {
  const script = join(import.meta.dirname, 'python/contender.py');
  const child = spawn(options.python, [script, kind, ...options.words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...LARGE_PAGES },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Answer | undefined> => {
    const line = await Promise.race([lines.next(), ended.then(() => lines.next())]);
    return line.done === true ? undefined : (JSON.parse(line.value) as Answer);
  };
  const hello = await next();
  if (hello?.versions === undefined) return hello?.missing ?? `${options.python} did not start`;
  const versions = Object.entries(hello.versions).map(([name, version]) => `${name} ${version}`);
  return {
    name: `python ${kind} (${versions.join(', ')})`,
    run: async (network) => {
      child.stdin.write(`${JSON.stringify({ run: network })}\n`);
      const answer = await next();
      if (answer === undefined) throw new Error(`${kind} ended`);
      return answer as Measured;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function readPeakMb(pid: number | undefined): number {
  if (pid === undefined) return NaN;
  const kb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}
