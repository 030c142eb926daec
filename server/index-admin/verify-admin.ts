/** What an operator may ask of the bytes on the disk while they are served. What takes time is begun; GET says how far it is. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import type { IndexSwap } from './index-swap.ts';
import type { Verifications, Verified, VerifyUnderway } from './verifications.ts';

const MEBIBYTE = 2 ** 20;

export const verifyStatusInput = z.strictObject({});
export const verifyInput = z.strictObject({
  generation: z.string().min(1).max(100).optional().describe('Which one; the one that serves where not given'),
  rate: z.number().positive().max(1_000_000).optional().describe('Read no faster, MiB a second'),
  seconds: z.int().min(1).max(604_800).optional().describe('Stop after so long'),
  quarantine: z
    .boolean()
    .default(false)
    .describe('Move a damaged one aside; the last good one serves in its place, now and after a restart'),
});

const time = (ms: number): string => new Date(ms).toISOString();

export function verifyAdmin(
  verifications: Verifications,
  swap: IndexSwap,
  { bodyDepthMax }: { bodyDepthMax: number },
): Route[] {
  return [
    adminRoute({
      method: 'GET',
      path: '/admin/index/verify',
      input: verifyStatusInput,
      bodyDepthMax,
      act: () => statusOf(verifications),
    }),
    adminRoute({
      method: 'POST',
      path: '/admin/index/verify',
      input: verifyInput,
      bodyDepthMax,
      status: 202,
      act: ({ generation = swap.serving, rate, seconds, quarantine }) => {
        const names = swap.ports.names();
        if (!names.includes(generation))
          return new Refused('not_found', `There is no generation ${generation}; there are: ${names.join(', ')}`);
        const asked = {
          generation,
          bytesPerSecondMax: rate === undefined ? null : rate * MEBIBYTE,
          deadlineMs: seconds === undefined ? null : seconds * 1000,
        };
        try {
          return { started: underwayOf(verifications.start(asked, quarantine)), status: '/admin/index/verify' };
        } catch (error) {
          if (error instanceof EngineError) return new Refused(error.code, error.message);
          throw error;
        }
      },
    }),
  ];
}

function statusOf({ underway, last, nextMs }: Verifications): object {
  return {
    underway: underway === null ? null : underwayOf(underway),
    last: last === null ? null : lastOf(last),
    next: nextMs === null ? null : time(nextMs),
  };
}

const underwayOf = ({ generation, sinceMs, progress }: VerifyUnderway): object => ({
  generation,
  since: time(sinceMs),
  check: progress?.check ?? null,
  percent: progress?.percent ?? 0,
});

const lastOf = ({ atMs, ...rest }: Verified): object => ({ ...rest, at: time(atMs) });
