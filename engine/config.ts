/**
 * What may be set about content, models and retrieval: every key with its range, default and one sentence.
 *
 * The server composes these into the whole configuration; inner code receives the parsed types, which have no absent
 * fields. Numbers carry their unit in the name.
 */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);
const real = (low: number, high: number, preset: number, about: string) =>
  z.number().min(low).max(high).default(preset).describe(about);
const text = (preset: string, about: string) => z.string().min(1).max(1024).default(preset).describe(about);

const changesSchema = z.strictObject({
  documentsMax: int(16, 1_000_000, 5000, 'Changed documents that no merge has taken yet; further ones are refused'),
  bytesMax: int(2 ** 20, 2 ** 36, 64 * 2 ** 20, 'Memory for them, and for as much again while a merge runs'),
  mergeDocuments: int(1, 1_000_000, 500, 'Changed documents at which they are merged into a new generation'),
  mergeAgeMs: int(1000, 31 * 86_400_000, 3_600_000, 'Time after which they are merged, however few there are'),
  documentBytesMax: int(1024, 2 ** 28, 2 ** 20, 'Size limit of one document in JSON'),
  segmentBytesMax: int(
    2 ** 20,
    2 ** 31 - 1,
    16 * 2 ** 20,
    'Size at which a file of the journal is followed by another',
  ),
  keysMax: int(0, 10_000_000, 100_000, 'Idempotency keys that are remembered; beyond it the oldest are forgotten'),
  keyAgeMsMax: int(0, 31 * 86_400_000, 86_400_000, 'Time for which an idempotency key is remembered'),
});

const indexSchema = z.strictObject({
  directory: text('data/index', 'Folder of the index; relative to the working directory'),
  generationsKept: int(1, 100, 2, 'Generations kept on disk, the serving one included'),
  watchMs: int(
    0,
    3_600_000,
    1000,
    'How often a running server looks whether another generation is to serve, and goes over to it; 0 never',
  ),
  scrubHours: int(
    0,
    8760,
    168,
    'How often a running server verifies what it serves, as wp-chat index verify --quarantine does; 0 never',
  ),
  scrubMebibytesPerSecond: int(1, 10_000, 16, 'How fast it reads then'),
  changes: changesSchema.prefault({}),
});

const modelsSchema = z.strictObject({
  directory: text('data/models', 'Folder of the model directories'),
  embedder: text('all-minilm-l6-v2', 'Model directory that turns text into vectors, or none'),
  reranker: text('wp-chat-rerank-en', 'Model directory that scores query and passage together, or none'),
});

const contentSchema = z.strictObject({
  language: text('auto', 'Language of the analysis (en, de, es, ru, zh, ja, …), or auto: the one most posts are in'),
  passageTokensTarget: int(32, 480, 200, 'Model tokens a passage should have'),
  passageTokensMax: int(48, 512, 256, 'Model tokens of title, headings and passage together; longer passages are cut'),
});

const sourceSchema = z.strictObject({
  requestsPerSecond: real(0.1, 1000, 4, 'Most requests a second to a crawled site'),
  requestTimeoutMs: int(100, 600_000, 60_000, 'Time limit of one request to a crawled site'),
  bodyBytesMax: int(1024, 2 ** 31 - 1, 64 * 2 ** 20, 'Size limit of one response, after decompression'),
  requestsMax: int(1, 10_000_000, 100_000, 'Requests of one run'),
  totalBytesMax: int(1024, 2 ** 50, 16 * 2 ** 30, 'Size limit of all responses of one run'),
  retriesMax: int(0, 20, 5, 'Retries of a failed request before the run stops'),
});

const retrievalSchema = z.strictObject({
  mode: z.enum(['hybrid', 'dense', 'bm25']).default('hybrid').describe('Mode of a request that names none'),
  topk: int(1, 1000, 10, 'Results of a request that does not say how many'),
  topkMax: int(1, 1000, 100, 'Most results a request may ask for'),
  queryCharsMax: int(1, 10_000, 1000, 'Longest query, in UTF-16 units'),
  queryTermsMax: int(1, 256, 64, 'Lexical terms of a query that count; the rest is ignored'),
  candidates: int(10, 1000, 200, 'Passages each leg hands to the fusion; bounds the total and the depth of paging'),
  bm25: z
    .strictObject({
      k1: real(0, 3, 0.9, 'Saturation of term frequency; fixed when an index is built'),
      b: real(0, 1, 0.4, 'Normalisation by length; fixed when an index is built'),
    })
    .prefault({}),
  dense: z
    .strictObject({
      connectivity: int(4, 64, 16, 'Links a node of the vector graph; fixed when an index is built'),
      expansionAdd: int(16, 1024, 128, 'Breadth of the search while the graph is built'),
      expansionSearch: int(16, 4096, 256, 'Breadth of the search while it is asked'),
    })
    .prefault({}),
  fusion: z
    .strictObject({
      kind: z
        .enum(['standardised', 'rrf'])
        .default('standardised')
        .describe('How the legs are joined when a request does not say'),
      denseWeight: real(0, 1, 0.6, 'Share of the dense leg in the weighted sum of standardised scores'),
      rrfK: int(1, 1000, 60, 'Constant of reciprocal rank fusion'),
    })
    .prefault({}),
  mmr: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Maximal marginal relevance for requests that do not say'),
      lambda: real(0, 1, 0.7, 'Weight of relevance against novelty'),
      depth: int(2, 200, 50, 'Results that are reordered'),
    })
    .prefault({}),
  rerank: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Rerank requests that do not say'),
      depth: int(1, 200, 20, 'Results that the cross-encoder scores'),
      cacheEntriesMax: int(0, 1_000_000, 20_000, 'Scores of query and passage that each worker remembers'),
    })
    .prefault({}),
  embeddingCacheEntriesMax: int(0, 100_000, 1000, 'Query vectors that each worker remembers'),
  passageCacheEntriesMax: int(0, 100_000, 512, 'Passages that each worker keeps ready for snippets, some 10 KiB each'),
  documentCacheBytesMax: int(
    0,
    2 ** 30,
    4 * 2 ** 20,
    'Blocks of documents that each worker keeps inflated, in bytes; 0 keeps the last one',
  ),
  snippetCharsMax: int(40, 2000, 240, 'Length of a snippet before highlighting, in UTF-16 units'),
});

const { shape } = retrievalSchema;
const { shape: fusion } = shape.fusion.unwrap();
const { shape: mmr } = shape.mmr.unwrap();
const { shape: rerank } = shape.rerank.unwrap();

/** The settings that may differ from one query to the next, with their ranges; each may be left out. */
export const retrievalPatchSchema = z.strictObject({
  mode: shape.mode.unwrap().exactOptional(),
  queryTermsMax: shape.queryTermsMax.unwrap().exactOptional(),
  candidates: shape.candidates.unwrap().exactOptional(),
  fusion: z
    .strictObject({
      kind: fusion.kind.unwrap().exactOptional(),
      denseWeight: fusion.denseWeight.unwrap().exactOptional(),
      rrfK: fusion.rrfK.unwrap().exactOptional(),
    })
    .exactOptional(),
  mmr: z
    .strictObject({
      enabled: mmr.enabled.unwrap().exactOptional(),
      lambda: mmr.lambda.unwrap().exactOptional(),
      depth: mmr.depth.unwrap().exactOptional(),
    })
    .exactOptional(),
  rerank: z.strictObject({ depth: rerank.depth.unwrap().exactOptional() }).exactOptional(),
  snippetCharsMax: shape.snippetCharsMax.unwrap().exactOptional(),
});

/** Everything a worker needs to know; plain values. */
export const engineSchema = z.strictObject({
  index: indexSchema.prefault({}),
  models: modelsSchema.prefault({}),
  content: contentSchema.prefault({}),
  source: sourceSchema.prefault({}),
  retrieval: retrievalSchema.prefault({}),
});

export type EngineConfig = z.infer<typeof engineSchema>;
export type RetrievalConfig = EngineConfig['retrieval'];
export type RetrievalPatch = z.infer<typeof retrievalPatchSchema>;
