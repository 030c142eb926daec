/** What an operator may ask of the index, and do with it, while it is served. */
import { z } from 'zod';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { indexBytes } from './bytes.ts';
import type { IndexSwap, SwapOutcome } from './index-swap.ts';

export const statusInput = z.strictObject({});
export const swapInput = z.strictObject({
  generation: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Which one is to serve, from now on and after a restart; the one that CURRENT names where not given'),
});

const time = (ms: number): string => new Date(ms).toISOString();

export function indexAdmin(swap: IndexSwap, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  return [
    adminRoute({
      method: 'GET',
      path: '/admin/index/status',
      input: statusInput,
      bodyDepthMax,
      act: () => statusOf(swap),
    }),
    adminRoute({
      method: 'POST',
      path: '/admin/index/swap',
      input: swapInput,
      bodyDepthMax,
      act: ({ generation }) => swapTo(swap, generation),
    }),
  ];
}

function statusOf(swap: IndexSwap): object {
  const { ports, underway, last, failed } = swap;
  const { manifest, sharedBytes } = ports.pool.serving;
  return {
    generation: manifest.generation,
    createdAt: manifest.createdAt,
    source: manifest.source,
    language: manifest.analysis.language,
    counts: manifest.counts,
    bytes: indexBytes(manifest),
    sharedBytes,
    models: swap.models,
    current: ports.current(),
    generations: ports.names(),
    changes: ports.changes(),
    swap: underway === null ? null : { ...timeless(underway), since: time(underway.sinceMs) },
    last: last === null ? null : { ...timeless(last), at: time(last.atMs) },
    failed: failed === null ? null : { ...timeless(failed), at: time(failed.atMs) },
  };
}

const timeless = <Told extends object>(told: Told): Omit<Told, 'sinceMs' | 'atMs'> => {
  const { sinceMs: _, atMs: __, ...rest } = told as Told & { sinceMs?: number; atMs?: number };
  return rest;
};

async function swapTo(swap: IndexSwap, asked: string | undefined): Promise<object | Refused> {
  const { ports } = swap;
  const generation = asked ?? ports.current();
  if (generation === null) return new Refused('index_missing', 'CURRENT names no generation: build one, or name one');
  const names = ports.names();
  if (!names.includes(generation))
    return new Refused('not_found', `There is no generation ${generation}; there are: ${names.join(', ')}`);
  const outcome = await swap.swap(generation);
  if (outcome.kind === 'refused') return new Refused(outcome.code, outcome.detail);
  return { ...toldOf(outcome), ...stays(swap, generation) };
}

const toldOf = (outcome: Exclude<SwapOutcome, { kind: 'refused' }>): object =>
  outcome.kind === 'serving'
    ? { swapped: false, generation: outcome.generation, message: `${outcome.generation} was serving already` }
    : {
        swapped: true,
        generation: outcome.done.to,
        message: `${outcome.done.to} serves, ${outcome.done.from} did before`,
        from: outcome.done.from,
        tookMs: outcome.done.tookMs,
        models: outcome.models,
      };

/** What an operator wants is to hold after a restart, too. */
function stays({ ports }: IndexSwap, generation: string): { staysAfterRestart: boolean; reason?: string } {
  try {
    if (ports.current() !== generation) ports.point(ports.pool.serving);
    return { staysAfterRestart: true };
  } catch (error) {
    return { staysAfterRestart: false, reason: (error as Error).message };
  }
}
