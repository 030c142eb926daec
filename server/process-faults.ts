/** What of the process itself is to fail on purpose, beside its models? Nothing of this happens unless the process was started for it. */
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../engine/clock.ts';

const MEBIBYTE = 2 ** 20;
const BALLAST_MIB_MAX = 16_384;
/** Filled at once; other work comes between. */
const PART_MIB = 16;
const PAUSE_MS_MAX = 10_000;
const AHEAD_MS_MAX = 86_400_000;

export const processFaultsSchema = z.strictObject({
  ballastMiB: z.int().min(0).max(BALLAST_MIB_MAX).default(0).describe('Memory that is held for nothing'),
  cache: z.enum(['throw', 'none']).default('none').describe('Whether the cache of answers fails each time'),
  pauseMs: z
    .int()
    .min(0)
    .max(PAUSE_MS_MAX)
    .default(0)
    .describe('For how long the main thread stands still, once, as while garbage is collected'),
  // Set back, the deadlines that workers are given, whose clocks are right, would have passed before they begin.
  clockAheadMs: z.int().min(0).max(AHEAD_MS_MAX).default(0).describe('By how much the time of day is ahead'),
  logs: z.enum(['full', 'none']).default('none').describe('Whether the disk of the log files has no room'),
});

export class ProcessFaults {
  #ballast: Buffer[] = [];
  #cacheThrows = false;
  #clockAheadMs = 0;
  #logsFull = false;

  get cacheThrows(): boolean {
    return this.#cacheThrows;
  }

  /** The time as this process takes it to be. */
  over(clock: Clock): Clock {
    return { nowUs: () => clock.nowUs(), wallMs: () => clock.wallMs() + this.#clockAheadMs };
  }

  /** Settings of logs, on a disk that may be full: for this thread alone, since others are given a copy of what can be copied. */
  onDisk<Logs extends object>(logs: Logs): Logs {
    return Object.defineProperty({ ...logs }, 'full', { value: () => this.#logsFull, enumerable: false });
  }

  /** Exactly these from now on; resolves when the memory is held. */
  async set({ ballastMiB, cache, pauseMs, clockAheadMs, logs }: z.infer<typeof processFaultsSchema>): Promise<void> {
    this.#cacheThrows = cache === 'throw';
    this.#clockAheadMs = clockAheadMs;
    this.#logsFull = logs === 'full';
    if (pauseMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    const ballast: Buffer[] = [];
    this.#ballast = ballast;
    for (let held = 0; held < ballastMiB && this.#ballast === ballast; held += PART_MIB) {
      // What is not written to is not resident.
      ballast.push(Buffer.alloc(Math.min(PART_MIB, ballastMiB - held) * MEBIBYTE, 1));
      await turn();
    }
  }
}
