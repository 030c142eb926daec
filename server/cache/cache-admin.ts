/** What an operator may do to the cache while it runs: clear it, switch it off for a while or until told, and on again. */
import { z } from 'zod';
import { adminRoute } from '../admin/index.ts';
import type { Route } from '../http.ts';
import type { AnswerCache } from './answer-cache.ts';
import { cacheState } from './cache-stats.ts';

const NAMESPACES = ['answers'] as const;
const EXPIRES_SECONDS_MAX = 7 * 86_400;

const namespace = z.enum(NAMESPACES).optional().describe('Which cache; there is one');
export const cacheInput = z.strictObject({ namespace });
export const cacheDisableInput = z.strictObject({
  namespace,
  expires_seconds: z
    .int()
    .min(1)
    .max(EXPIRES_SECONDS_MAX)
    .optional()
    .describe('Then it is on again; until it is enabled where not given'),
});

/** Each act holds in every process that shares its state with this one. */
export function cacheAdmin(cache: AnswerCache, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  const told = (message: string, more: object = {}): object => ({
    success: true,
    message,
    namespaces: NAMESPACES,
    ...cacheState(cache),
    ...more,
  });
  const at = (action: string) => ({ method: 'POST' as const, path: `/admin/cache/${action}`, bodyDepthMax });
  return [
    adminRoute({
      ...at('clear'),
      input: cacheInput,
      act: () => {
        const cleared = cache.clear();
        cache.announce({ kind: 'cleared' });
        return told('Cache cleared', { cleared });
      },
    }),
    adminRoute({
      ...at('enable'),
      input: cacheInput,
      act: () => {
        const changed = !cache.power.isOn;
        cache.power.turnOn();
        cache.announce({ kind: 'enabled' });
        return told(changed ? 'Cache enabled' : 'Cache was enabled already', { changed });
      },
    }),
    adminRoute({
      ...at('disable'),
      input: cacheDisableInput,
      act: ({ expires_seconds: seconds }) => {
        const changed = cache.power.isOn;
        const forMs = seconds === undefined ? null : seconds * 1000;
        cache.power.turnOff(forMs);
        cache.announce({ kind: 'disabled', forMs });
        const until = seconds === undefined ? 'until it is enabled' : `for ${seconds} s`;
        return told(`Cache ${changed ? 'disabled' : 'was disabled already; it stays so'} ${until}`, {
          changed,
          expiresSeconds: seconds ?? null,
        });
      },
    }),
  ];
}
