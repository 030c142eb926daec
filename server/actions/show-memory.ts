/** Who has the memory, and how much is left? */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { Snapshot } from '../../ops/index.ts';
import { mebibytes } from './clear-cache.ts';
import { action } from './define.ts';
import { type MemorySeen, seenMemory } from './memory-seen.ts';

export interface ShowMemoryParts {
  readonly memory: () => Snapshot['memory'];
  readonly cacheBytes: () => number;
  /** Of the file system, in tests. */
  readonly root?: string;
}

export const showMemory = ({ memory, cacheBytes, root = '/' }: ShowMemoryParts): ActionDefinition =>
  action({
    id: 'show_memory',
    title: 'Show memory',
    about:
      'What this process and those that it started hold, what the control group allows, and whether anybody had to wait for memory. Changes nothing.',
    risk: 'none',
    command: 'wp-chat incident execute INCIDENT show_memory',
    runbookCommand: 'free -h && ps aux --sort=-%mem | head -10',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({}),
    preview: () => ['Nothing is changed'],
    run: async () => {
      const { bytesMax, sharedIndexBytes } = memory();
      const seen = await seenMemory(root);
      const { rssBytes } = seen.process;
      const percent = (100 * rssBytes) / bytesMax;
      return {
        changed: false,
        said: `${mebibytes(rssBytes)} of ${mebibytes(bytesMax)} (${percent.toFixed(0)} %)${waitsOf(seen)}`,
        details: { bytesMax, percent, sharedIndexBytes, cacheBytes: cacheBytes(), ...seen },
      };
    },
  });

const waitsOf = ({ pressure }: MemorySeen): string =>
  pressure === null ? '' : `; some waited for memory ${pressure.someAvg10Percent} % of the last 10 s`;
