/** The index is built anew from its stored documents, in a process of its own, and takes the old one's place when it is whole. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { IndexSwap, Rebuilds } from '../index-admin/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';

export interface RebuildIndexParts {
  readonly index: Pick<IndexSwap, 'serving' | 'swap' | 'settled' | 'ports'>;
  readonly rebuilds: Pick<Rebuilds, 'start' | 'settled' | 'underway' | 'last'>;
  readonly measures: Pick<Measures, 'ask'>;
}

export const rebuildIndexAction = ({ index, rebuilds, measures }: RebuildIndexParts): ActionDefinition =>
  action({
    id: 'rebuild_index',
    title: 'Rebuild the index',
    about:
      'A new index is built from the stored documents and takes the place of the one that serves, which stays on the disk. It takes minutes, and some of the processor.',
    risk: 'high',
    command: 'wp-chat index rebuild',
    runbookCommand: 'make rebuild-index',
    timeBudgetMs: 1_800_000,
    cooldownMs: 0,
    concurrencyKey: 'index',
    parameters: z.strictObject({
      fresh: z.boolean().default(false).describe('Embed every passage anew, those too whose vectors are known'),
      accept: z.boolean().default(false).describe('Let it take the place of the old one although it has fewer posts'),
    }),
    objection: () =>
      rebuilds.underway === null ? null : `It is being rebuilt already: ${rebuilds.underway.percent} %`,
    preview: ({ fresh, accept }) => [
      `A new generation takes the place of ${index.serving}; queries go on meanwhile`,
      fresh ? 'Every passage is embedded anew' : 'Vectors that are known are used again',
      accept ? 'It may have fewer posts' : 'It is refused where it would have fewer posts',
    ],
    run: async (asked) => {
      const from = index.serving;
      rebuilds.start(asked);
      await rebuilds.settled();
      const { report, failure } = rebuilds.last!;
      if (failure !== null) throw new EngineError(failure.code, failure.detail);
      return {
        changed: true,
        said: `${report!.generation} serves in the place of ${from}, built in ${report!.seconds.toFixed(0)} s`,
        details: report!,
        undo: () => wentBack(index, { from: report!.generation, to: from }),
        probe: async () => {
          const outcome = await measures.ask('configured', false);
          const ok = outcome.kind === 'ok' && outcome.result.total > 0;
          return { ok, said: outcome.kind === 'ok' ? `A real query finds ${outcome.result.total}` : outcome.kind };
        },
      };
    },
  });

/** Now and after a restart. @throws EngineError where it cannot serve any more, or something else serves */
async function wentBack(
  index: RebuildIndexParts['index'],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string> {
  await index.settled();
  if (index.serving !== from)
    throw new EngineError('action_refused', `Another one serves since, and stays: ${index.serving}`);
  if (!index.ports.names().includes(to)) throw new EngineError('index_missing', `It is not there any more: ${to}`);
  const outcome = await index.swap(to);
  if (outcome.kind === 'refused') throw new EngineError(outcome.code, outcome.detail);
  index.ports.point(index.ports.pool.serving);
  return `${to} serves again`;
}
