/** Opens an index to see what is in it. Native code reads it: in a process of its own, see backup-process.ts. */
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { type CheckedGeneration, describeDamage } from '../store/index.ts';
import { openParts, type VerifiedParts } from '../store/verify/index.ts';
import type { ReadGeneration } from './create.ts';
import { documentLines } from './documents.ts';
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

export const readerFor =
  (config: EngineConfig, clock: Clock): ReadGeneration =>
  (found) =>
    opened(found, config, async (parts) => ({
      documents: documentLines(parts.generation),
      probes: await askProbes(parts, { retrieval: config.retrieval, clock }),
    }));
