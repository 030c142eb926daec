/**
 * Load from one thread, closed or open.
 *
 * Closed: every connection sends its next request when it has the answer to the last one. That finds the highest
 * throughput; its percentiles leave out what would have been sent while the server stalled (coordinated omission).
 * Open: requests are due at fixed times whatever the server does, and latency counts from when one was due, not from when
 * a connection was free to send it (the method of wrk2). The timer wakes once a millisecond, which is in those latencies.
 */
import { percentile } from '../harness/index.ts';
import { Connection } from './connection.ts';

export interface Load {
  readonly port: number;
  /** Paths with their queries, asked in this order over and over. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Null asks as fast as answers come. */
  readonly requestsPerSecond: number | null;
}

export interface LoadReport {
  readonly requests: number;
  /** Answered a second, over the time until the last answer. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** How often each path was answered. */
  readonly answered: readonly number[];
  /** CPU time of this process over the time it took: near 1, the client was the limit. */
  readonly clientCpuShare: number;
}

const requestOf = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);

/** Rejects when an answer is not 200: a refusal is quick, and would flatter. */
export async function runLoad(load: Load): Promise<LoadReport> {
  const requests = load.paths.map(requestOf);
  const latenciesMs: number[] = [];
  const answered = new Array<number>(requests.length).fill(0);
  let failed: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  failure.catch(() => {});
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(load.port, (error) => failed(error))),
  );
  let next = 0;
  const ask = (connection: Connection, dueMs: number, done: () => void): void => {
    const at = next++ % requests.length;
    connection.send(requests[at]!, (status) => {
      if (status !== 200) return failed(new Error(`Status ${status}: ${load.paths[at]}`));
      latenciesMs.push(performance.now() - dueMs);
      answered[at]! += 1;
      done();
    });
  };
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const endMs = startMs + load.seconds * 1000;
  const pace =
    load.requestsPerSecond === null
      ? closedLoop(connections, ask, endMs)
      : openLoop(connections, ask, { startMs, endMs, everyMs: 1000 / load.requestsPerSecond });
  try {
    await Promise.race([pace, failure]);
  } finally {
    for (const connection of connections) connection.close();
  }
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    requests: sorted.length,
    perSecond: (sorted.length * 1000) / elapsedMs,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    answered,
    clientCpuShare: (user + system) / 1000 / elapsedMs,
  };
}

type Ask = (connection: Connection, dueMs: number, done: () => void) => void;

function closedLoop(connections: readonly Connection[], ask: Ask, endMs: number): Promise<unknown> {
  const chain = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      const again = (): void => {
        const nowMs = performance.now();
        if (nowMs >= endMs) resolve();
        else ask(connection, nowMs, again);
      };
      again();
    });
  return Promise.all(connections.map(chain));
}

interface Schedule {
  readonly startMs: number;
  readonly endMs: number;
  readonly everyMs: number;
}

function openLoop(
  connections: readonly Connection[],
  ask: Ask,
  { startMs, endMs, everyMs }: Schedule,
): Promise<unknown> {
  const free = [...connections];
  let sent = 0;
  return new Promise<void>((resolve) => {
    const sendDue = (): void => {
      for (;;) {
        const dueMs = startMs + sent * everyMs;
        if (dueMs >= endMs || dueMs > performance.now() || free.length === 0) break;
        const connection = free.pop()!;
        sent += 1;
        ask(connection, dueMs, () => {
          free.push(connection);
          sendDue();
        });
      }
      if (startMs + sent * everyMs >= endMs && free.length === connections.length) {
        clearInterval(timer);
        resolve();
      }
    };
    const timer = setInterval(sendDue, 1);
  });
}
