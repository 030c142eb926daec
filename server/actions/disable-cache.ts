/** Every query is answered anew, for a while. */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { AnswerCache } from '../cache/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';

export interface DisableCacheParts {
  readonly cache: Pick<AnswerCache, 'power' | 'announce'>;
  readonly measures: Pick<Measures, 'lookupsPerSecond' | 'wait'>;
}

const MINUTES = 15;
const MINUTES_MAX = 10_080;
const MINUTE_MS = 60_000;
/** Until the judge has seen a whole second without it. */
const SEEN_MS = 2500;

export const disableCache = ({ cache, measures }: DisableCacheParts): ActionDefinition =>
  action({
    id: 'disable_cache',
    title: 'Disable the cache',
    about: 'No answer is given again and none is kept, here and in other processes, for a while.',
    risk: 'low',
    command: 'wp-chat cache disable --for 15m --yes',
    runbookCommand: 'curl -X POST http://localhost:8080/admin/cache/disable',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: 'cache',
    parameters: z.strictObject({
      minutes: z.int().min(1).max(MINUTES_MAX).default(MINUTES).describe('Then it is on again'),
    }),
    preview: ({ minutes }) => [
      `Every query goes to the workers for ${minutes} min; now ${Math.round(measures.lookupsPerSecond())} look-ups a second are answered or filled`,
      'What it holds is kept, and given again as far as it is fresh then',
    ],
    run: async ({ minutes }) => {
      if (!cache.power.isOn) return { changed: false, said: `It is off already, ${untilOf(cache.power.backInMs)}` };
      const before = measures.lookupsPerSecond();
      const forMs = minutes * MINUTE_MS;
      cache.power.turnOff(forMs);
      cache.announce({ kind: 'disabled', forMs });
      return {
        changed: true,
        said: `It is off for ${minutes} min`,
        undo: async () => {
          if (cache.power.isOn) return 'it was on already';
          cache.power.turnOn();
          cache.announce({ kind: 'enabled' });
          return 'it is on again';
        },
        expiresInMs: forMs,
        probe: async (signal) => {
          await measures.wait(SEEN_MS, signal);
          const after = measures.lookupsPerSecond();
          const measured = { measure: 'cache look-ups a second', before, after };
          return { ok: after === 0, said: `${Math.round(after)} look-ups a second`, measured };
        },
      };
    },
  });

const untilOf = (backInMs: number | null): string =>
  backInMs === null ? 'until it is enabled' : `for another ${Math.ceil(backInMs / 1000)} s`;
