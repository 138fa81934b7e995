/** The part of autocannon 9 that the benches use; the package ships no types. */
declare module 'autocannon' {
  interface Request {
    method?: string;
    body?: string;
    headers?: Record<string, string>;
    setupRequest?: (request: Request) => Request;
  }
  interface Options {
    url: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    connections?: number;
    /** Number of calls; the run ends when all are answered. */
    amount?: number;
    /** Seconds, where amount is not given. */
    duration?: number;
    /** Calls a second over all connections. */
    overallRate?: number;
    /** Seconds. */
    timeout?: number;
    requests?: readonly Request[];
  }
  export interface Result {
    /** Seconds. */
    duration: number;
    '2xx': number;
    non2xx: number;
    errors: number;
    timeouts: number;
    statusCodeStats: Readonly<Record<string, { count: number }>>;
    latency: { p50: number; p90: number; p97_5: number; p99: number; max: number };
    requests: { average: number };
  }
  export default function autocannon(options: Options): Promise<Result>;
}
