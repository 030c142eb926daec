/**
 * Which posts are in an index, and what would a restore do to them?
 *
 * A backup holds one line a post: half a sha256 over all that the index has of it, a space, and its id as JSON. Two lists say what
 * was added, changed and deleted between two indexes without reading either.
 */
import { createHash } from 'node:crypto';
import type { Generation } from '../generation.ts';

const DIGITS = 32;

export interface Difference {
  readonly count: number;
  /** The first so many. */
  readonly ids: readonly string[];
}

/** What happened since the backup: a restore would lose what was added, take back changes, and bring back what was deleted. */
export interface Differences {
  readonly added: Difference;
  readonly changed: Difference;
  readonly deleted: Difference;
}

export function documentLines(generation: Generation): Uint8Array {
  const { posts, firstPassage } = generation.columns;
  let lines = '';
  for (let post = 0; post < posts; post++) {
    const record = generation.post(post);
    const hash = createHash('sha256').update(JSON.stringify(record));
    for (let passage = firstPassage[post]!; passage < firstPassage[post + 1]!; passage++) {
      hash.update(JSON.stringify(generation.passage(passage)));
    }
    lines += `${hash.digest('hex').slice(0, DIGITS)} ${JSON.stringify(record.id)}\n`;
  }
  return new TextEncoder().encode(lines);
}

/** By id; where a site has several posts of one id, those that come later count. */
export function readLines(bytes: Uint8Array): Map<string, string> {
  const lines = new TextDecoder().decode(bytes).split('\n').slice(0, -1);
  return new Map(lines.map((line) => [JSON.parse(line.slice(DIGITS + 1)) as string, line.slice(0, DIGITS)]));
}

/** @param idsMax how many are named of each kind */
export function differences(
  backup: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  idsMax: number,
): Differences {
  const of = (ids: string[]): Difference => ({ count: ids.length, ids: ids.slice(0, idsMax) });
  const inNow = [...now.keys()];
  return {
    added: of(inNow.filter((id) => !backup.has(id))),
    changed: of(inNow.filter((id) => backup.has(id) && backup.get(id) !== now.get(id))),
    deleted: of([...backup.keys()].filter((id) => !now.has(id))),
  };
}
