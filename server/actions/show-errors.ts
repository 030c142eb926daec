/** What failed on our side lately, and what most of it is. */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { ErrorLine, ErrorLog } from '../../ops/index.ts';
import { action } from './define.ts';

const LINES = 100;
const LINES_MAX = 200;

export const showErrors = ({
  errors,
  path,
}: {
  readonly errors: Pick<ErrorLog, 'recent'>;
  /** Where all of them are. */
  readonly path: string;
}): ActionDefinition =>
  action({
    id: 'show_errors',
    title: 'Show recent errors',
    about:
      'The last lines of the error log, without the secrets of keys, and how often each kind is among them. Changes nothing.',
    risk: 'none',
    command: `tail -n ${LINES} ${path}`,
    runbookCommand: 'tail -n 100 logs/api_errors.log',
    timeBudgetMs: 60_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({
      lines: z.int().min(1).max(LINES_MAX).default(LINES),
    }),
    preview: () => ['Nothing is changed'],
    run: async ({ lines }) => {
      const recent = errors.recent(lines);
      const kinds = countsOf(recent);
      const said =
        recent.length === 0
          ? 'Nothing has failed since the start'
          : `${recent.length} lines since ${recent[0]!.time}: ${kinds.map(({ code, count }) => `${count} × ${code}`).join(', ')}`;
      return { changed: false, said, details: { path, kinds, lines: recent } };
    },
  });

/** Most frequent first. */
function countsOf(lines: readonly ErrorLine[]): { code: string; count: number; last: string }[] {
  const counts = new Map<string, { count: number; last: string }>();
  for (const { code, detail } of lines) counts.set(code, { count: (counts.get(code)?.count ?? 0) + 1, last: detail });
  return [...counts].map(([code, one]) => ({ code, ...one })).sort((a, b) => b.count - a.count);
}
