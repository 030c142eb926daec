/** Documents, tokens and columns are written: the rest of a generation, and then it serves. */
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config.ts';
import type { Coverage } from '../journal/index.ts';
import type { Bm25Parameters } from '../lexical/index.ts';
import { checksums, INDEX_FORMAT, type Manifest, pruneGenerations, publishGeneration } from '../store/index.ts';
import { createAnalyzer } from '../text/index.ts';
import { writeLexical } from './write-lexical.ts';
import { type VectorRows, type VectorsInput, writeVectors } from './write-vectors.ts';

export interface FinishInput {
  readonly index: Pick<EngineConfig['index'], 'directory' | 'generationsKept'>;
  readonly name: string;
  /** Where the first pass has written. */
  readonly folder: string;
  readonly counts: { readonly posts: number; readonly passages: number };
  /** Null without an embedder. */
  readonly vectors: VectorRows | null;
  readonly language: string;
  readonly source: string;
  readonly bm25: Bm25Parameters;
  readonly dense: VectorsInput['settings'];
  readonly models: Pick<Manifest, 'embedder' | 'reranker' | 'tokenBytes'>;
  readonly coverage: Coverage | null;
  /** That link the graph. */
  readonly threads: number;
}

export interface FinishPorts {
  readonly clock: Clock;
  /** Told what comes next. What it throws ends the build. */
  readonly reached: (stage: 'lexical' | 'graph' | 'checksums' | 'publish') => void;
  /** Sees what is about to be published. What it throws ends the build. */
  readonly approve?: (manifest: Manifest) => void;
}

/** Publishes and prunes. */
export async function finishGeneration(
  input: FinishInput,
  { clock, reached, approve }: FinishPorts,
): Promise<Manifest> {
  const { index, name, folder, counts, vectors, language, bm25, dense, threads } = input;
  const analyzer = createAnalyzer(language);
  reached('lexical');
  const lexical = writeLexical({ folder, analyzer, bm25 });
  reached('graph');
  const graph =
    vectors === null ? null : writeVectors({ folder, rows: vectors, count: counts.passages, settings: dense, threads });
  reached('checksums');
  const manifest: Manifest = {
    format: INDEX_FORMAT,
    generation: name,
    createdAt: new Date(clock.wallMs()).toISOString(),
    source: input.source,
    counts: { ...counts, vectors: graph === null ? 0 : (vectors?.ids.length ?? 0), ...lexical },
    analysis: analyzer.describe(),
    bm25,
    ...input.models,
    graph,
    ...(input.coverage === null ? {} : { journal: input.coverage }),
    files: await checksums(folder),
  };
  approve?.(manifest);
  reached('publish');
  publishGeneration(index.directory, folder, manifest);
  pruneGenerations(index.directory, index.generationsKept);
  return manifest;
}
