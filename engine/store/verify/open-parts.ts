/** The files of a generation as queries see them. Their bytes are right: what cannot be opened was written wrong. */
import { basename, join } from 'node:path';
import { GraphFault, GraphFile, StoredVectors } from '../../dense/index.ts';
import { EngineError } from '../../errors.ts';
import { FILES, Generation, type SharedGeneration } from '../../generation.ts';
import { shareGeneration } from '../../load.ts';
import type { Finding } from './report.ts';

export interface VerifiedParts {
  readonly generation: Generation;
  /** Null without vectors, and so is the next. */
  readonly graph: GraphFile | null;
  readonly vectors: StoredVectors | null;
}

export interface DenseParts extends VerifiedParts {
  readonly graph: GraphFile;
  readonly vectors: StoredVectors;
}

export function openParts(
  found: Pick<SharedGeneration, 'folder' | 'manifest'>,
  { expansionSearch }: { expansionSearch: number },
): VerifiedParts | Finding[] {
  const wrong = (file: string, expected: string, got: string): Finding[] => [
    { check: 'counts', file, block: null, expected, got },
  ];
  try {
    // Read by ourselves before the library does: see dense/graph-file.ts.
    const graph = found.manifest.graph === null ? null : new GraphFile(join(found.folder, FILES.graph));
    const shared = shareGeneration(found, { expansionSearch, workersMax: 1 });
    const vectors = shared.vectors === null ? null : new StoredVectors(shared.vectors);
    return { generation: new Generation(shared, 0), graph, vectors };
  } catch (error) {
    if (error instanceof GraphFault) return wrong(FILES.graph, error.expected, error.got);
    if (!(error instanceof EngineError)) throw error;
    return wrong(basename(error.place.file ?? ''), error.place.expected ?? 'a file that can be opened', error.message);
  }
}
