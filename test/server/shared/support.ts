/** Scripts asked of a real Redis, by a session as the product opens it. */
import { openSession, type Session } from '../../../server/shared/session.ts';
import type { Run } from '../../../server/shared/store.ts';
import type { RedisServer } from '../../support/redis.ts';

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
