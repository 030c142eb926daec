/** What does a new generation have that the old one had not, and is it the same to the byte? */
import { EngineError } from '../errors.ts';
import type { Manifest } from '../store/index.ts';

type Count = keyof Manifest['counts'];

export interface Comparison {
  /** Name of the generation that it was compared with: the one that CURRENT named, where its manifest can be read. */
  readonly with: string;
  readonly counts: Readonly<Record<Count, { readonly old: number; readonly new: number }>>;
  /**
   * By sha256. Documents, tokens, columns and words come out the same to the byte where nothing was changed; a graph does not,
   * since threads link it.
   */
  readonly files: Readonly<Record<string, 'same' | 'different' | 'new' | 'gone'>>;
}

type Compared = Pick<Manifest, 'generation' | 'counts' | 'files'>;

export function compare(old: Compared, made: Compared): Comparison {
  const names = [...new Set([...Object.keys(old.files), ...Object.keys(made.files)])].sort();
  const counts = Object.entries(made.counts).map(([name, count]) => [
    name,
    { old: old.counts[name as Count], new: count },
  ]);
  return {
    with: old.generation,
    counts: Object.fromEntries(counts) as Comparison['counts'],
    files: Object.fromEntries(names.map((name) => [name, stateOf(old.files[name]?.sha256, made.files[name]?.sha256)])),
  };
}

function stateOf(old: string | undefined, made: string | undefined): Comparison['files'][string] {
  if (old === undefined) return 'new';
  if (made === undefined) return 'gone';
  return old === made ? 'same' : 'different';
}

/** @throws EngineError index_shrunk with the figures */
export function requireNoFewer({ with: old, counts }: Comparison, file: string): void {
  const { posts } = counts;
  if (posts.new >= posts.old) return;
  const figures = Object.entries(counts).map(([name, each]) => `${name} ${each.old} to ${each.new}`);
  throw new EngineError(
    'index_shrunk',
    `Cannot replace ${old}: the new index has fewer posts (${figures.join(', ')}); nothing was changed: ${file}`,
    {
      file,
      field: 'posts',
      expected: `${posts.old} or more`,
      value: posts.new,
      remedy:
        'Where that is right: wp-chat index rebuild --accept. Else: wp-chat backup restore, or wp-chat index --from SOURCE',
    },
  );
}
