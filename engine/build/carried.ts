/**
 * What does a build from a source take over from the generation that serves?
 *
 * The source has just been read, so it has the last word on the documents that it has. Those that were put while the index was
 * served and that the source does not have are taken over, and with them the coverage: changes up to there are in the new
 * generation, or the source spoke after them. What the journal holds beyond lies over the new one as it lay over the old.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { FILES } from '../generation.ts';
import type { Coverage } from '../journal/index.ts';
import type { SourcePost } from '../source/index.ts';
import { machineDisk } from '../store/disk/index.ts';
import {
  type CheckedGeneration,
  currentGeneration,
  generationNames,
  loadSections,
  requireGeneration,
  verifyCurrent,
} from '../store/index.ts';
import { StoredPosts } from '../stored-posts.ts';
import type { Provenance } from './draft.ts';

/** A post as it was put, and by whom. */
export interface CarriedPost extends Pick<Provenance, 'version' | 'live'> {
  readonly post: SourcePost;
}

export interface Carried {
  readonly coverage: Coverage | null;
  readonly posts: () => Iterable<CarriedPost>;
}

/** No posts where no generation can be read: then all that the journal still holds lies over the new one. */
export async function carriedFrom(index: string, { has }: { readonly has: (id: string) => boolean }): Promise<Carried> {
  let old: CheckedGeneration;
  try {
    old = await verifyCurrent(index);
  } catch (error) {
    if (error instanceof EngineError) return { coverage: journalOfDamaged(index), posts: () => [] };
    throw error;
  }
  return {
    coverage: old.manifest.journal ?? null,
    posts: function* () {
      for (const each of storedPosts(old)) if (each.live && !has(each.post.id)) yield each;
    },
  };
}

/**
 * The journal that went with what served, from its beginning; null of an index that has but one. Where even the manifest cannot be
 * read, it is that of the newest generation of which it can.
 */
function journalOfDamaged(index: string): Coverage | null {
  const names = [currentGeneration(index) ?? '', ...generationNames(index).reverse()];
  for (const name of names) {
    try {
      const { journal } = requireGeneration(index, name, machineDisk).manifest;
      return journal === undefined ? null : { history: journal.history, sequence: 0 };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }
  return null;
}

/** All posts of a generation, in their order. @throws EngineError index_damaged */
export function* storedPosts({ folder, manifest }: Omit<CheckedGeneration, 'seal'>): Generator<CarriedPost> {
  const stored = new StoredPosts({ folder, manifest, columns: loadSections(join(folder, FILES.columns)) });
  try {
    for (let number = 0; number < stored.columns.posts; number++) {
      const { original, ...how } = stored.provenance(number);
      yield { ...how, post: JSON.parse(Buffer.from(original).toString()) as SourcePost };
    }
  } finally {
    stored.close();
  }
}
