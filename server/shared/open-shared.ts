/** From the settings to what is shared: in this process alone, or with all that name the same Redis. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../engine/clock.ts';
import type { CacheNotice } from '../cache/index.ts';
import type { CanaryNotice, DatedNotice } from '../canary/index.ts';
import { type Announce, type LimitCounter, type LimitNotice, localCounter } from '../limits/index.ts';
import { announceCache, cacheFollower, type FollowedCache } from './cache-facts.ts';
import { announceCanary, canaryFollower, recallCanary } from './canary-facts.ts';
import { channelOf } from './exchange-script.ts';
import { Facts } from './facts.ts';
import { announceLimits, lifeOfDebts, limitFollower } from './limit-facts.ts';
import { openSession } from './session.ts';
import type { SharedSettings } from './settings.ts';
import { SharedCounter } from './shared-counter.ts';
import { Store } from './store.ts';
import { storeAddress } from './store-address.ts';
import { Tending } from './tending.ts';

export type SharedStatus =
  | { readonly kind: 'process' }
  | {
      readonly kind: 'redis';
      /** Without user and password. */
      readonly address: string;
      readonly state: 'up' | 'down';
      /** ISO 8601. */
      readonly since: string;
      /** Why it is down. */
      readonly reason: string | null;
      /** Times that it was lost since the start. */
      readonly lost: number;
      /** Decisions of limits that were made in this process for want of it. */
      readonly decidedAlone: number;
      /** Blocks, limits and switches that all processes hold, and those of them that it was not told yet. */
      readonly facts: number;
      readonly unsent: number;
      /** Of what others said: not understood. */
      readonly unreadable: number;
    };

export interface Shared {
  readonly counter: LimitCounter;
  readonly announceLimits: Announce;
  readonly announceCache: (notice: CacheNotice) => void;
  readonly announceCanary: (notice: CanaryNotice) => void;
  status(): SharedStatus;
  /** Takes what others say of experiments, and says what this process held to be so when it ended. Before {@link start}. */
  followCanary(adopt: (notice: CanaryNotice) => void, held: readonly DatedNotice[]): void;
  /** Before {@link start}, or something may be missed. */
  follow(limits: { adopt(notice: LimitNotice): void }, cache: FollowedCache): void;
  /** Returns at once, whether the store is there or not. */
  start(): void;
  close(): void;
}

export interface SharedParts {
  readonly settings: SharedSettings;
  /** Of the table of this process. */
  readonly keysMax: number;
  readonly clock: Clock;
  /** Told once when the store goes and once when it comes back, in words that can be shown. */
  readonly report: (event: 'shared_lost' | 'shared_found', detail: string) => void;
}

/** To connect, and to be ready. */
const OPEN_TIMEOUT_MS = 1000;

export const openShared = (parts: SharedParts): Shared =>
  parts.settings.redis === '' ? inThisProcess(parts) : inRedis(parts);

const inThisProcess = ({ keysMax }: SharedParts): Shared => ({
  counter: localCounter(keysMax),
  announceLimits: () => {},
  announceCache: () => {},
  announceCanary: () => {},
  status: () => ({ kind: 'process' }),
  followCanary: () => {},
  follow: () => {},
  start: () => {},
  close: () => {},
});

function inRedis({ settings, keysMax, clock, report }: SharedParts): Shared {
  const { redis: url, prefix, timeoutMs } = settings;
  const address = storeAddress(url)!;
  const wallMs = (): number => clock.wallMs();
  const facts = new Facts(clock);
  let aloneBefore = 0;
  const tending = new Tending({ facts, prefix, newEpoch: () => randomBytes(12).toString('hex') });
  const store = new Store({
    clock,
    timeoutMs,
    open: (nudged) => openSession({ url, channel: channelOf(prefix), nudged, timeoutMs: OPEN_TIMEOUT_MS }),
    tend: tending.tend,
    pause: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
    lost: (reason) => {
      aloneBefore = counter.alone;
      report('shared_lost', `${address} is not used, each process counts for itself: ${reason}`);
    },
    found: (awayMs) => {
      const told = `${address} is used again, after ${(awayMs / 1000).toFixed(1)} s`;
      report('shared_found', `${told} and decisions of this process alone: ${counter.alone - aloneBefore}`);
    },
  });
  facts.onSaid = () => store.nudge();
  const counter = new SharedCounter({
    store,
    local: localCounter(keysMax),
    prefix: () => `${prefix}limit:${lifeOfDebts(facts)}:`,
  });
  return {
    counter,
    announceLimits: announceLimits(facts, wallMs),
    announceCache: announceCache(facts, wallMs),
    announceCanary: announceCanary(facts, wallMs),
    status: () => {
      const { sinceMs, ...state } = store.status();
      return {
        kind: 'redis',
        address,
        ...state,
        since: new Date(sinceMs).toISOString(),
        decidedAlone: counter.alone,
        facts: facts.size,
        unsent: facts.unsentCount,
        unreadable: facts.unreadable,
      };
    },
    followCanary: (adopt, held) => {
      facts.follow(...canaryFollower(adopt));
      recallCanary(facts, held, wallMs());
    },
    follow: (limits, cache) => {
      facts.follow(...limitFollower((notice) => limits.adopt(notice)));
      facts.follow(...cacheFollower(cache));
    },
    start: () => void store.run(),
    close: () => store.close(),
  };
}
