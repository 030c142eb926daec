/** Opens an index to see what is in it. Native code reads it: in a process of its own, see backup-process.ts. */
import { prepare } from '../build/index.ts';
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
export async function livingIndex(
  { generation }: VerifiedParts,
  { documents }: Pick<SeenChanges, 'documents'>,
  { content }: EngineConfig,
): Promise<LivingIndex> {
  const index = new LivingIndex(generation);
  const put = documents.flatMap(({ document }) => (document === null ? [] : [postIn(document)]));
  const posts = await prepare(put, { embedder: null, reranker: null }, { content, embed: null });
  const byId = new Map(posts.map((post) => [post.record.id, post]));
  const changes = documents.map(({ id, version }) => ({ id, version, post: byId.get(id) ?? null }));
  if (changes.length > 0) index.apply({ upTo: changes.at(-1)!.version, changes });
  return index;
}

export const readerFor =
  (config: EngineConfig, clock: Clock): ReadIndex =>
  (found) =>
    opened(found, config, async (parts) => {
      const { changes } = found;
      const index = await livingIndex(parts, changes, config);
      return {
        documents: encodeLines(documentLines(found, changes)),
        probes: await askProbes({ ...parts, index }, changes, { retrieval: config.retrieval, clock }),
      };
    });
