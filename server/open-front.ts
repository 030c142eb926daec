/** What stands before the engine: limits and the cache of answers, and what of both is held in common with other processes. */
import type { Clock } from '../engine/clock.ts';
import type { ErrorLog } from '../ops/index.ts';
import { keyIdOf } from './auth/index.ts';
import { type AnswerCache, openAnswerCache } from './cache/index.ts';
import type { Config } from './config/index.ts';
import { type Limits, openLimits } from './limits/index.ts';
import type { ProcessFaults } from './process-faults.ts';
import { openShared, type Shared } from './shared/index.ts';

export interface FrontParts {
  readonly config: Config;
  readonly clock: Clock;
  /** Name of the index that answers now. */
  readonly generation: () => string;
  /** For how long, milliseconds, answers have not been known by a name; null for too long. */
  readonly goneForMs: (generation: string) => number | null;
  /** Of the product. */
  readonly version: string;
  readonly errors: ErrorLog;
  /** An event, for the record. */
  readonly count: (event: string) => void;
  /** What is to fail on purpose. */
  readonly faults: ProcessFaults;
}

export interface Front {
  readonly cache: AnswerCache;
  readonly limits: Limits;
  /** What it holds in common. */
  readonly store: Pick<Shared, 'status' | 'announceCanary' | 'followCanary'>;
  /** Takes back what was kept, and looks for other processes without waiting for them. Never rejects. */
  start(): Promise<void>;
  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  close(): Promise<void>;
}

export function openFront({ config, clock, generation, goneForMs, version, errors, count, faults }: FrontParts): Front {
  const { limits: settings, shared } = config.server;
  const store = openShared({
    settings: shared,
    keysMax: settings.keysMax,
    clock,
    report: (event, detail) => {
      count(event);
      errors.write({ timeMs: clock.wallMs(), requestId: '', endpoint: 'shared', code: event, detail });
    },
  });
  const failed = (): void => count('cache_error');
  const cache = openAnswerCache(config, {
    ...{ clock, generation, goneForMs, version, failed, struck: () => faults.cacheThrows },
    announce: store.announceCache,
  });
  const limits = openLimits({
    ...config.server,
    settings,
    clock,
    counter: store.counter,
    announce: store.announceLimits,
    identityOf: keyIdOf,
  });
  store.follow(limits, { adopt: cache.adopt, clear: () => void cache.answers.clear() });
  return {
    cache: cache.answers,
    limits,
    store,
    start: async () => {
      await cache.restore();
      store.start();
    },
    close: () => {
      store.close();
      return cache.close();
    },
  };
}
