/**
 * A generation → the same documents, cut, analysed and embedded anew, without asking their source.
 *
 * Made of the documents of the one that serves, or of the newest other one whose documents are whole. What is made of documents
 * may be damaged: that is what a rebuild is for. Versions stay, and up to where the journal is covered, so what changed since lies
 * over the new one as over the old.
 */
import { EngineError } from '../errors.ts';
import { FILES } from '../generation.ts';
import {
  type CheckedGeneration,
  currentGeneration,
  generationNames,
  lockIndex,
  type Manifest,
  verifyParts,
} from '../store/index.ts';
import { type BuildInput, type BuildPorts, buildGeneration } from './build.ts';
import { storedPosts } from './carried.ts';
import { type Comparison, compare, requireNoFewer } from './compare.ts';

export type { Comparison } from './compare.ts';

export interface RebuildInput extends Required<Pick<BuildInput, 'config' | 'models' | 'fresh' | 'threads'>> {
  /** Whether it may have fewer posts than what it replaces. */
  readonly accept: boolean;
}

export interface Rebuilt {
  readonly manifest: Manifest;
  /** Name of the generation whose documents it was made of. */
  readonly from: string;
  /** Those before it whose documents are not whole, and why. */
  readonly passedOver: readonly { readonly generation: string; readonly damage: string }[];
  readonly comparison: Comparison;
}

/** All that posts are read from. */
const STORED = [FILES.documents, FILES.originals, FILES.columns];

/**
 * Publishes and prunes. Interrupted, the next one embeds only what this one had not.
 *
 * @throws EngineError index_busy | index_missing | index_damaged where no generation has its documents whole | index_shrunk; the
 * reason of the abort. What served before serves on then.
 */
export async function rebuildGeneration(
  { accept, ...input }: RebuildInput,
  ports: Omit<BuildPorts, 'approve'>,
): Promise<Rebuilt> {
  const { directory } = input.config.index;
  const unlock = lockIndex(directory);
  try {
    const { found, passedOver } = await wholeDocuments(directory, ports.signal);
    const old = await manifestOf(directory, found.manifest);
    let comparison: Comparison | null = null;
    const manifest = await buildGeneration(
      {
        ...input,
        source: found.manifest.source,
        posts: [],
        postsTotal: found.manifest.counts.posts,
        carried: { coverage: found.manifest.journal ?? null, posts: () => storedPosts(found) },
      },
      {
        ...ports,
        approve: (made) => {
          comparison = compare(old, made);
          if (!accept) requireNoFewer(comparison, directory);
        },
      },
    );
    return { manifest, from: found.manifest.generation, passedOver, comparison: comparison! };
  } finally {
    unlock();
  }
}

async function wholeDocuments(
  index: string,
  signal: AbortSignal,
): Promise<{ found: CheckedGeneration; passedOver: Rebuilt['passedOver'] }> {
  const current = currentGeneration(index);
  const others = generationNames(index).filter((name) => name !== current);
  const passedOver: { generation: string; damage: string }[] = [];
  for (const generation of [...(current === null ? [] : [current]), ...others.reverse()]) {
    signal.throwIfAborted();
    try {
      return { found: await verifyParts(index, generation, STORED), passedOver };
    } catch (error) {
      if (!unusable(error)) throw error;
      passedOver.push({ generation, damage: error.message });
    }
  }
  const [first] = passedOver;
  const detail =
    first === undefined
      ? `Cannot rebuild index: there is no generation: ${index}`
      : `Cannot rebuild index: no generation has its documents whole; ${passedOver.map((each) => `${each.generation}: ${each.damage}`).join('; ')}`;
  throw new EngineError(first === undefined ? 'index_missing' : 'index_damaged', detail, {
    file: index,
    remedy: 'Take a backup back: wp-chat backup restore. Or read the source again: wp-chat index --from SOURCE',
  });
}

const unusable = (error: unknown): error is EngineError =>
  error instanceof EngineError && ['index_damaged', 'index_foreign', 'index_missing'].includes(error.code);

/** Of what CURRENT names; the other one's where that cannot be read. */
async function manifestOf(index: string, other: Manifest): Promise<Manifest> {
  const current = currentGeneration(index);
  if (current === null || current === other.generation) return other;
  try {
    return (await verifyParts(index, current, [])).manifest;
  } catch (error) {
    if (unusable(error)) return other;
    throw error;
  }
}
