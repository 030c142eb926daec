/** From the settings to a cache of answers, with what it kept over the restart. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../engine/clock.ts';
import type { Config } from '../config/index.ts';
import { AnswerCache } from './answer-cache.ts';
import { type AnnounceCache, adoptCacheNotice, type CacheNotice } from './notices.ts';
import { Spill } from './spill.ts';

export interface OpenCache {
  readonly answers: AnswerCache;
  /** Takes back what was kept on the disk. Never rejects. */
  restore(): Promise<void>;
  /** What another process announced, at a time of the wall clock. */
  adopt(notice: CacheNotice, saidMs: number): void;
  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  close(): Promise<void>;
}

export interface CacheProcess {
  readonly clock: Clock;
  /** Name of the index that answers now. */
  readonly generation: () => string;
  /** See {@link AnswerCacheParts}. */
  readonly goneForMs: (generation: string) => number | null;
  /** Of the product. */
  readonly version: string;
  /** Told each time the cache itself fails. */
  readonly failed: () => void;
  /** Whether it is to fail on purpose. */
  readonly struck: () => boolean;
  /** Told of what an operator does to it, for the caches of other processes. */
  readonly announce: AnnounceCache;
}

export function openAnswerCache(config: Config, process: CacheProcess): OpenCache {
  const { clock, generation, goneForMs, version, failed, struck, announce } = process;
  const { cache: settings, deadlineMs } = config.server;
  const openedMs = clock.wallMs();
  let oldestMs: number | null = null;
  const scope = scopesOf(config, version);
  const directory = join(config.logs.directory, 'cache');
  const spill = settings.spill
    ? new Spill({ directory, bytesMax: settings.spillBytesMax, scope, serving: generation, clock, failed })
    : null;
  const answers = new AnswerCache({
    settings,
    clock,
    seed: randomBytes(4).readUInt32LE(),
    deadlineMs,
    goneForMs,
    failed,
    struck,
    announce,
    ...(spill === null ? {} : { spill }),
  });
  const restore = async (): Promise<void> => {
    await spill?.restore(({ key, wallMs, answer }) => {
      oldestMs = Math.min(oldestMs ?? wallMs, wallMs);
      const ageMs = Math.max(0, clock.wallMs() - wallMs);
      answers.restore(key, { answer, keeping: 'whole', hadAtUs: clock.nowUs() - ageMs * 1000, retryAtUs: 0 });
    });
  };
  return {
    answers,
    restore,
    adopt: (notice, saidMs) => adoptCacheNotice(answers, notice, saidMs, clock.wallMs(), { openedMs, oldestMs }),
    close: async () => spill?.flush(),
  };
}

/** All that an answer depends on beside the question and what is installed of the models. */
function scopesOf({ retrieval, models }: Config, version: string): (generation: string) => string {
  const told = JSON.stringify([version, retrieval, models]);
  const digest = createHash('sha256').update(told).digest('hex').slice(0, 32);
  return (generation) => `${generation}/${digest}`;
}
