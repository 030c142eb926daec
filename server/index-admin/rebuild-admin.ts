/** An operator has the index of a running server built anew from its stored documents. It is begun; GET says how far it is. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import type { RebuildEnd, Rebuilds, RebuildUnderway } from './rebuilds.ts';

const PATH = '/admin/index/rebuild';

export const rebuildStatusInput = z.strictObject({});
export const rebuildInput = z.strictObject({
  fresh: z.boolean().default(false).describe('Embed every passage anew, those too whose vectors are known'),
  accept: z.boolean().default(false).describe('Let it take the place of the old one although it has fewer posts'),
});

const time = (ms: number): string => new Date(ms).toISOString();
const underwayOf = ({ sinceMs, ...rest }: RebuildUnderway): object => ({ ...rest, since: time(sinceMs) });
const lastOf = ({ atMs, ...rest }: RebuildEnd): object => ({ ...rest, at: time(atMs) });

export function rebuildAdmin(rebuilds: Rebuilds, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  return [
    adminRoute({
      method: 'GET',
      path: PATH,
      input: rebuildStatusInput,
      bodyDepthMax,
      act: () => {
        const { underway, last } = rebuilds;
        return { underway: underway && underwayOf(underway), last: last && lastOf(last) };
      },
    }),
    adminRoute({
      method: 'POST',
      path: PATH,
      input: rebuildInput,
      bodyDepthMax,
      status: 202,
      act: (asked) => {
        try {
          return { started: underwayOf(rebuilds.start(asked)), status: PATH };
        } catch (error) {
          if (error instanceof EngineError) return new Refused(error.code, error.message);
          throw error;
        }
      },
    }),
  ];
}
