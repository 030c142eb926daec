/** How does the process feel? Memory, CPU, event loop and garbage collection since the look before. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
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
  readonly #cores = availableParallelism();
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

/** Where control groups tell their limit, version 2 and 1. */
const GROUP_LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** What the process may use at most: as configured (0: not), the control group's limit, or the machine's memory, the smallest. */
export function memoryBytesMax(configured: number): number {
  const limits = GROUP_LIMITS.map((path) => {
    try {
      // 'max' is no number, and stands for none.
      return Number(readFileSync(path, 'utf8').trim()) || Number.POSITIVE_INFINITY;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  });
  return Math.min(configured === 0 ? Number.POSITIVE_INFINITY : configured, totalmem(), ...limits);
}
