/** The answer cache of all processes: cleared, off or on in one means so in each. */
import { z } from 'zod';
import type { CacheNotice } from '../cache/index.ts';
import type { Follower, Sayer } from './facts.ts';

const ROOM = 'cache';
/** Room for others beside the answers. */
const CLEARED = 'answers/cleared';
const POWER = 'answers/power';
const STANDING_MS = 365 * 86_400_000;

const powerSchema = z.object({ on: z.boolean(), forMs: z.number().min(0).nullable() });

export const announceCache =
  (facts: Sayer, wallMs: () => number) =>
  (notice: CacheNotice): void => {
    const nowMs = wallMs();
    if (notice.kind === 'cleared') facts.say(`${ROOM}/${CLEARED}`, true, nowMs + STANDING_MS);
    else {
      const forMs = notice.kind === 'disabled' ? notice.forMs : null;
      facts.say(`${ROOM}/${POWER}`, { on: notice.kind === 'enabled', forMs }, nowMs + (forMs ?? STANDING_MS));
    }
  };

export interface FollowedCache {
  readonly adopt: (notice: CacheNotice, saidMs: number) => void;
  readonly clear: () => void;
}

export const cacheFollower = ({ adopt, clear }: FollowedCache): [string, Follower] => [
  ROOM,
  {
    heard: (name, value, { stamp }) => {
      if (name === CLEARED) return adopt({ kind: 'cleared' }, stamp);
      const read = name === POWER ? powerSchema.safeParse(value) : null;
      if (!read?.success) return;
      const { on, forMs } = read.data;
      adopt(on ? { kind: 'enabled' } : { kind: 'disabled', forMs }, stamp);
    },
    // A clearing may have been among what is lost.
    missed: clear,
  },
];
