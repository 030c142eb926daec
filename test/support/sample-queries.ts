import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';

/** The queries that ship with the sample site. */
export const sampleQueries: readonly string[] = readFileSync(join(packageRoot, 'data/sample/queries.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => (JSON.parse(line) as { text: string }).text);
