/** What was answered before is forgotten: everything is asked anew. */
import { z } from 'zod';
import type { ActionDefinition, IncidentType } from '../../ops/actions/index.ts';
import type { AnswerCache } from '../cache/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';

export interface ClearCacheParts {
  readonly cache: Pick<AnswerCache, 'clear' | 'announce' | 'size' | 'power'>;
  readonly measures: Pick<Measures, 'hitPercent'>;
  readonly typeOf: (incidentId: string | null) => IncidentType | null;
}

/** Above it the cache answers most of what is asked. */
const HIT_PERCENT_MAX = 50;
/** What it may be cleared for whatever it answers: the cache is wrong itself, or in the way. */
const ITS_OWN: ReadonlySet<IncidentType | null> = new Set<IncidentType | null>([
  'cache_failure',
  'memory_exhaustion',
  'index_corruption',
]);

export const clearCache = ({ cache, measures, typeOf }: ClearCacheParts): ActionDefinition =>
  action({
    id: 'clear_cache',
    title: 'Clear the cache',
    about: 'Every kept answer is forgotten, here and in other processes: what is asked next goes to the workers.',
    risk: 'low',
    command: 'wp-chat cache clear --yes',
    runbookCommand: 'curl -X POST http://localhost:8080/admin/cache/clear',
    timeBudgetMs: 60_000,
    cooldownMs: 60_000,
    concurrencyKey: 'cache',
    parameters: z.strictObject({
      force: z.boolean().default(false).describe('Even where it answers most of what is asked'),
    }),
    objection: ({ force }, { incidentId }) => {
      const hitPercent = measures.hitPercent();
      if (force || hitPercent === null || hitPercent <= HIT_PERCENT_MAX) return null;
      if (ITS_OWN.has(typeOf(incidentId))) return null;
      return `It answers ${Math.round(hitPercent)} % of all look-ups: without it the workers get ${timesMore(hitPercent)} as much to do. Give "force": true where that is meant`;
    },
    preview: () => {
      const { entries, bytes } = cache.size;
      const hitPercent = measures.hitPercent();
      return [
        `${entries} answers (${mebibytes(bytes)}) are forgotten`,
        hitPercent === null
          ? 'Nothing was looked up in the last minute'
          : `${Math.round(hitPercent)} % of the look-ups of the last minute would have gone to the workers, each question once`,
      ];
    },
    run: async () => {
      const before = cache.size.bytes;
      const cleared = cache.clear();
      cache.announce({ kind: 'cleared' });
      return {
        changed: cleared > 0,
        said: `${cleared} answers are forgotten`,
        details: { cleared, bytesBefore: before },
        probe: async () => {
          const after = cache.size.bytes;
          const measured = { measure: 'cache bytes', before, after };
          return {
            ok: after < before || cleared === 0,
            said: `It holds ${mebibytes(after)}, and held ${mebibytes(before)}`,
            measured,
          };
        },
      };
    },
  });

const timesMore = (hitPercent: number): string => `${Math.round(100 / Math.max(1, 100 - hitPercent))} times`;

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
