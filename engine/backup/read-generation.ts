/** Opens an index to see what is in it. Native code reads it: in a process of its own, see backup-process.ts. */
import { cutPost } from '../build/index.ts';
import type { SeenChanges } from '../changes/index.ts';
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { LivingIndex } from '../living-index.ts';
import { type CheckedGeneration, describeDamage } from '../store/index.ts';
import { openParts, type VerifiedParts } from '../store/verify/index.ts';
import type { ReadIndex } from './create.ts';
import { documentLines, encodeLines, postIn } from './documents.ts';
import { askProbes } from './probes.ts';

/** @throws EngineError index_damaged where a file of it cannot be opened */
export async function opened<Result>(
  found: Pick<CheckedGeneration, 'folder' | 'manifest'>,
  { retrieval }: EngineConfig,
  use: (parts: VerifiedParts) => Promise<Result> | Result,
): Promise<Result> {
  const parts = openParts(found, { expansionSearch: retrieval.dense.expansionSearch });
  if (Array.isArray(parts)) throw new EngineError('index_damaged', `Cannot open index: ${describeDamage(parts[0]!)}`);
  try {
    return await use(parts);
  } finally {
    parts.generation.close();
  }
}

/** What changed lies over the generation by its words: no model takes part, so that it is the same wherever it is done. */
export function livingIndex(
  { generation }: VerifiedParts,
  { documents }: Pick<SeenChanges, 'documents'>,
  { content }: EngineConfig,
): LivingIndex {
  const index = new LivingIndex(generation);
  const models = { embedder: null, reranker: null };
  const changes = documents.map(({ id, version, document }) => ({
    id,
    version,
    post: document === null ? null : cutPost(postIn(document), models, { content, known: new Map() }).post,
  }));
  const last = changes.at(-1)?.version;
  if (last !== undefined) index.apply({ upTo: { words: last, vectors: last }, changes, vectors: [] });
  return index;
}

export const readerFor =
  (config: EngineConfig, clock: Clock): ReadIndex =>
  (found) =>
    opened(found, config, async (parts) => {
      const { changes } = found;
      const index = livingIndex(parts, changes, config);
      return {
        documents: encodeLines(documentLines(found, changes)),
        probes: await askProbes({ ...parts, index }, changes, { retrieval: config.retrieval, clock }),
      };
    });
