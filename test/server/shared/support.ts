/** Scripts asked of a real Redis by a session as the product opens it, and what a process makes of both. */
import { systemClock } from '../../../engine/clock.ts';
import type { CacheNotice } from '../../../server/cache/index.ts';
import { type Decision, type Limits, openLimits } from '../../../server/limits/index.ts';
import { limitsSchema } from '../../../server/limits/settings.ts';
import { openShared, type Shared, type SharedStatus } from '../../../server/shared/index.ts';
import { openSession, type Session } from '../../../server/shared/session.ts';
import type { Run } from '../../../server/shared/store.ts';
import type { RedisServer } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

/** Nothing here is about time: a busy machine gets plenty. */
export const PATIENT_MS = 20_000;

export const sessionOf = ({ url }: Pick<RedisServer, 'url'>, nudged: () => void = () => {}): Promise<Session> =>
  openSession({ url, channel: 'test:facts:said', nudged, timeoutMs: PATIENT_MS });

export const runOf =
  (session: Session): Run =>
  (script, keys, words) =>
    session.run(script, keys, words, PATIENT_MS);

export class FakeClock {
  us = 5_000_000;
  /** What this clock of the wall is ahead of the others. */
  aheadMs = 0;

  nowUs(): number {
    return this.us;
  }

  wallMs(): number {
    return Date.now() + this.us / 1000 + this.aheadMs;
  }

  passMs(ms: number): void {
    this.us += ms * 1000;
  }
}

type RedisStatus = Extract<SharedStatus, { kind: 'redis' }>;

/** What of a process shares its state: its limits, a cache that only notes what it is told, and its log. */
export interface Sharing {
  readonly shared: Shared;
  readonly limits: Limits;
  /** What its cache was told, by kind. */
  readonly told: string[];
  readonly log: string[];
  status(): RedisStatus;
  up(): Promise<void>;
  /** An operator asks it: `POST /admin/rate-limit/…`. */
  act(method: 'POST' | 'DELETE', what: string, body: object): Promise<void>;
  take(client: number, quantity?: number): Decision | Promise<Decision>;
}

export const SLOW_RATE = { periodNs: 3600e9, burst: 10 };

const opened: Sharing[] = [];

/** Ends all that were opened. */
export const closeAll = (): void => {
  for (const { shared } of opened.splice(0)) shared.close();
};

export function openSharing(url: string, over: { prefix?: string; aheadMs?: number } = {}): Sharing {
  const { prefix = 'wp-chat:', aheadMs = 0 } = over;
  const clock = { nowUs: systemClock.nowUs, wallMs: () => systemClock.wallMs() + aheadMs };
  const told: string[] = [];
  const log: string[] = [];
  // Far more than can be set: a busy machine is not a slow Redis.
  const settings = { redis: url, prefix, timeoutMs: 1500 };
  const report = (event: string, detail: string): void => void log.push(`${event} ${detail}`);
  const shared = openShared({ settings, keysMax: 4096, clock, report });
  const limits = openLimits({
    settings: limitsSchema.parse({ neverBlock: '192.0.2.0/24' }),
    clock,
    bodyDepthMax: 16,
    batchQueriesMax: 100,
    counter: shared.counter,
    announce: shared.announceLimits,
  });
  const adopt = (notice: CacheNotice): void => void told.push(notice.kind);
  shared.follow(limits, { adopt, clear: () => void told.push('missed') });
  const routes = limits.gate([]);
  const sharing: Sharing = {
    shared,
    limits,
    told,
    log,
    status: () => shared.status() as RedisStatus,
    up: () => until(() => sharing.status().state === 'up'),
    act: async (method, what, body) => {
      const route = routes.find((one) => one.method === method && one.path === `/admin/rate-limit/${what}`)!;
      const headers = new Map([['content-type', 'application/json']]);
      const bytes = Buffer.from(JSON.stringify(body));
      const { status } = await route.handle({
        method,
        path: route.path,
        query: '',
        client: '127.0.0.1',
        headers,
        body: bytes,
      });
      if (status !== 200) throw new Error(`${what}: ${status}`);
    },
    take: (client, quantity = 1) =>
      shared.counter.take({ high: 1, low: client }, quantity, SLOW_RATE, Math.floor(systemClock.nowUs() * 1000)),
  };
  opened.push(sharing);
  shared.start();
  return sharing;
}
