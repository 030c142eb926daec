/**
 * Which posts are in an index, and what would a restore do to them?
 *
 * A backup holds one line a post: half a sha256 over it, a space, and its id as JSON. Two lists say what was added, changed and
 * deleted between two indexes without reading either. Since format 2 the sha256 is over the post as it was put, so that it is the
 * same whether the post is in the journal or was merged; before, it was over what the index had made of it.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SeenChanges } from '../changes/index.ts';
import { FILES, type Generation } from '../generation.ts';
import type { SourcePost } from '../source/index.ts';
import { type CheckedGeneration, loadSections } from '../store/index.ts';
import { StoredPosts } from '../stored-posts.ts';

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

/** Digests by id. */
type Lines = Map<string, string>;

/** All posts of a generation, with what changed behind it. */
export function documentLines(
  found: Pick<CheckedGeneration, 'folder' | 'manifest'>,
  { documents }: Pick<SeenChanges, 'documents'>,
): Lines {
  const stored = new StoredPosts({ ...found, columns: loadSections(join(found.folder, FILES.columns)) });
  const lines: Lines = new Map();
  try {
    for (let post = 0; post < stored.columns.posts; post++)
      lines.set(stored.post(post).id, digestOf(stored.original(post)));
  } finally {
    stored.close();
  }
  return overlaid(lines, documents, digestOf);
}

/** The same as a backup of format 1 has it. */
export function firstLines(generation: Generation, { documents }: Pick<SeenChanges, 'documents'>): Lines {
  const { posts, firstPassage } = generation.columns;
  const lines: Lines = new Map();
  for (let post = 0; post < posts; post++) {
    const record = generation.post(post);
    const hash = createHash('sha256').update(JSON.stringify(record));
    for (let passage = firstPassage[post]!; passage < firstPassage[post + 1]!; passage++) {
      hash.update(JSON.stringify(generation.passage(passage)));
    }
    lines.set(record.id, hash.digest('hex').slice(0, DIGITS));
  }
  // Not known in that form: it changed since.
  return overlaid(lines, documents, () => '');
}

function overlaid(lines: Lines, changes: SeenChanges['documents'], digest: (document: Uint8Array) => string): Lines {
  for (const { id, document } of changes) {
    if (document === null) lines.delete(id);
    else lines.set(id, digest(document));
  }
  return lines;
}

export const postIn = (document: Uint8Array): SourcePost =>
  JSON.parse(new TextDecoder().decode(document)) as SourcePost;

/** Over its fields in one order, whoever wrote it. */
function digestOf(document: Uint8Array): string {
  const fields = Object.entries(postIn(document));
  const sorted = fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, DIGITS);
}

export const encodeLines = (lines: Lines): Uint8Array =>
  new TextEncoder().encode([...lines].map(([id, digest]) => `${digest} ${JSON.stringify(id)}\n`).join(''));

/** By id; where a site has several posts of one id, those that come later count. */
export function readLines(bytes: Uint8Array): Lines {
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
