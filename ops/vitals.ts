/** How does the process feel? Memory, CPU, event loop and garbage collection since the look before. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';

export interface Vitals {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Longest delay of the event loop, milliseconds. */
  readonly loopDelayMsMax: number;
  /** Shares of the time since the look before, 0 to 1. */
  readonly loopUtilisation: number;
  readonly gcShare: number;
  /** Of all cores that the process may use. */
  readonly cpuShare: number;
}

/** The event loop is looked at this often; a delay is what exceeds it. */
const LOOP_RESOLUTION_MS = 20;

export class VitalsReader {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #collections: PerformanceObserver;
  readonly #cores = coresMax();
  #collectedMs = 0;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #atMs = performance.now();

  constructor() {
    this.#delay.enable();
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#collectedMs += duration;
    });
    this.#collections.observe({ entryTypes: ['gc'] });
  }

  /** What happened since the last call. */
  read(): Vitals {
    const nowMs = performance.now();
    const elapsedMs = Math.max(1, nowMs - this.#atMs);
    const loop = performance.eventLoopUtilization();
    const cpu = process.cpuUsage();
    const { user, system } = this.#cpu;
    const memory = process.memoryUsage();
    const vitals = {
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
      externalBytes: memory.external,
      // Nanoseconds; 0 where the loop was not looked at since.
      loopDelayMsMax: Math.max(0, this.#delay.max / 1e6 - LOOP_RESOLUTION_MS),
      loopUtilisation: performance.eventLoopUtilization(loop, this.#loop).utilization,
      gcShare: Math.min(1, this.#collectedMs / elapsedMs),
      cpuShare: Math.min(1, (cpu.user - user + cpu.system - system) / 1000 / elapsedMs / this.#cores),
    };
    this.#atMs = nowMs;
    this.#loop = loop;
    this.#cpu = cpu;
    this.#collectedMs = 0;
    this.#delay.reset();
    return vitals;
  }

  close(): void {
    this.#delay.disable();
    this.#collections.disconnect();
  }
}

/**
 * What the process may use at most: as configured (0: not), the limit of its control group or of one that this lies in, or the
 * machine's memory, the smallest.
 *
 * @param root of the file system
 */
export function memoryBytesMax(configured: number, root = '/'): number {
  // 'max' is no number, and stands for none.
  const files = [...groupFiles(root, 'memory.max'), join(root, 'sys/fs/cgroup/memory/memory.limit_in_bytes')];
  const limits = files.map((path) => Number(textOf(path).trim()) || Number.POSITIVE_INFINITY);
  return Math.min(configured === 0 ? Number.POSITIVE_INFINITY : configured, totalmem(), ...limits);
}

/** Cores that the process may use: those of the machine, or what the quota of a control group comes to. */
export function coresMax(root = '/'): number {
  const quotas = groupFiles(root, 'cpu.max').map((path) => {
    const [quotaUs, periodUs] = textOf(path).trim().split(' ').map(Number) as [number, number?];
    return quotaUs > 0 && periodUs !== undefined ? quotaUs / periodUs : Number.POSITIVE_INFINITY;
  });
  return Math.min(availableParallelism(), ...quotas);
}

/** A limit of version 2 in each group above this process: a service's group is not the root of the tree, a container's is. */
function groupFiles(root: string, name: string): string[] {
  const own = /^0::(\/.*)$/m.exec(textOf(join(root, 'proc/self/cgroup')))?.[1] ?? '/';
  const names = own.split('/').filter((name) => name !== '' && name !== '..');
  const groups = [...names.keys()].map((at) => names.slice(0, at + 1).join('/'));
  return ['', ...groups].map((group) => join(root, 'sys/fs/cgroup', group, name));
}

/** '' where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
