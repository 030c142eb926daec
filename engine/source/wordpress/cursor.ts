import * as z from 'zod';
import { EngineError } from '../../errors.ts';

/** Where a crawl stands. */
const cursorShape = z.object({
  /** Server time at the start of the last complete run: changes are asked for since then. Null in a first crawl. */
  changedSinceMs: z.number().nullable(),
  /** A first crawl in progress: next page to read of each type not yet finished; absent types are not begun. */
  nextPage: z.record(z.string(), z.number().int().positive()),
  finishedTypes: z.array(z.string()),
  /** Server time at the start of the crawl in progress. */
  startedMs: z.number().nullable(),
});
export type CrawlCursor = z.infer<typeof cursorShape>;

export const NEW_CURSOR: CrawlCursor = { changedSinceMs: null, nextPage: {}, finishedTypes: [], startedMs: null };

/** @throws EngineError source_invalid for what an earlier run did not write */
export function readCursor(value: unknown): CrawlCursor {
  const parsed = cursorShape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EngineError(
    'source_invalid',
    `Cannot continue the crawl: its checkpoint is not readable: ${issue.message}`,
    {
      field: `cursor.${issue.path.join('.')}`,
      expected: 'the state that an earlier run stored',
      remedy: 'Start anew with --replace',
    },
  );
}
