/**
 * Posts → a new generation: passages and their vectors, then the lexical index and the graph, then the swap.
 *
 * What was embedded survives an interruption in the vector cache; a generation becomes visible only when it is whole.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config.ts';
import type { EmbedCard } from '../models/index.ts';
import type { SourcePost } from '../source/index.ts';
import { abandonGeneration, beginGeneration, type Manifest, unwritable } from '../store/index.ts';
import type { DocId } from '../types.ts';
import type { Carried } from './carried.ts';
import type { EmbedTexts } from './embedding.ts';
import { finishGeneration } from './finish.ts';
import { type BuildModels, manifestModels } from './models.ts';
import { VectorCache } from './vector-cache.ts';
import { writePassages } from './write-passages.ts';
import type { VectorRows } from './write-vectors.ts';

export interface BuildProgress {
  readonly stage: 'passages' | 'lexical' | 'graph' | 'checksums';
  readonly posts: number;
  readonly postsTotal: number;
  readonly passages: number;
  /** Passages whose vector the model made in this run; the others were known. */
  readonly embedded: number;
  readonly embeddable: number;
}

export interface BuildPorts {
  readonly embed: EmbedTexts;
  /** How many batches the embedder can work on at once. */
  readonly embedParallel: number;
  readonly clock: Clock;
  readonly progress: (progress: BuildProgress) => void;
  readonly signal: AbortSignal;
  /** Sees what is about to be published. What it throws ends the build. */
  readonly approve?: (manifest: Manifest) => void;
}

export interface BuildInput {
  readonly config: EngineConfig;
  readonly models: BuildModels;
  /** What the manifest says of where the posts came from. */
  readonly source: string;
  readonly posts: AsyncIterable<SourcePost> | Iterable<SourcePost>;
  readonly postsTotal: number;
  /** What is taken over from the generation before; not there where nothing is. */
  readonly carried?: Carried;
  /** Whether vectors that are known are made anew; not where it is not there. */
  readonly fresh?: boolean;
  /** That link the graph; one a core where it is not there. */
  readonly threads?: number;
}

/** Builds, publishes and prunes. @throws EngineError, or the reason of the abort; what served before serves on then. */
export async function buildGeneration(input: BuildInput, ports: BuildPorts): Promise<Manifest> {
  const { config, models } = input;
  const { name, folder } = beginGeneration(config.index.directory, ports.clock.wallMs());
  const cache = models.embedder === null ? null : openCache(input, models.embedder.card);
  try {
    const { counts, keys, embedded, language } = await writePassages(input, ports, { folder, cache });
    const vectors = cache === null ? null : rowsOf(cache, keys);
    const manifest = await finishGeneration(
      {
        index: config.index,
        ...{ name, folder, counts, vectors, language },
        source: input.source,
        bm25: config.retrieval.bm25,
        dense: config.retrieval.dense,
        models: manifestModels(models),
        coverage: input.carried?.coverage ?? null,
        threads: input.threads ?? availableParallelism(),
      },
      {
        clock: ports.clock,
        ...(ports.approve && { approve: ports.approve }),
        reached: (stage) => {
          ports.signal.throwIfAborted();
          if (stage !== 'publish')
            ports.progress({ ...counts, stage, postsTotal: counts.posts, embedded, embeddable: keys.size });
        },
      },
    );
    cache?.compact(new Set(keys.values()));
    return manifest;
  } catch (error) {
    abandonGeneration(folder);
    throw unwritable(config.index.directory, error);
  } finally {
    cache?.close();
  }
}

const rowsOf = (cache: VectorCache, keys: ReadonlyMap<DocId, string>): VectorRows => ({
  dimensions: cache.dimensions,
  ids: [...keys.keys()],
  vector: (id) => cache.get(keys.get(id)!)!,
  place: (file, id, vector) => file.set(id, vector),
});

/** One cache a model: its file carries the model's checksum. */
function openCache({ config, fresh = false }: BuildInput, card: EmbedCard): VectorCache {
  const path = join(
    config.index.directory,
    'vectors',
    `${card.name}-${card.sha256[card.modelFile]!.slice(0, 12)}.cache`,
  );
  if (fresh) rmSync(path, { force: true });
  return new VectorCache(path, card.dimensions);
}
