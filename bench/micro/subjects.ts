/** The pieces of a query's path that are timed alone, each on values of the sample site. */
import { createHash } from 'node:crypto';
import type { EngineConfig } from '../../engine/config.ts';
import { byScore, fuseStandardised, type Scored } from '../../engine/fuse.ts';
import { Generation } from '../../engine/generation.ts';
import { loadGeneration, openEngine } from '../../engine/index.ts';
import { findModel } from '../../engine/models/index.ts';
import { snippetOf } from '../../engine/snippet.ts';
import { openModelTokenizer } from '../../engine/text/index.ts';
import type { SearchResult } from '../../engine/types.ts';
import type { Config } from '../../server/config/index.ts';
import { encode, parseQueryString, searchSchema, validateSearch } from '../../server/wire/index.ts';
import { sampleRecording } from './sample-recording.ts';

export interface MicroSubject {
  readonly name: string;
  /** Runs once; what it returns is hashed after the first run. */
  readonly run: () => unknown;
  /** Runs in one sample: enough that the clock's own cost is small. */
  readonly repeat: number;
}

/** Every other subject is told as a multiple of this one. */
export const YARDSTICK = 'yardstick: sha256 of 4 KiB';
/** Two full lists of 200 candidates that have nothing in common. */
const FUSED = 400;
const QUERY_STRING = 'mode=bm25&rerank=false&topk=10';

export interface MicroSubjects {
  readonly subjects: readonly MicroSubject[];
  close(): void;
}

/** @param config with the index directory of the sample site */
export async function openSubjects(config: Config, query: string): Promise<MicroSubjects> {
  const generation = new Generation(await loadGeneration(config, 1), 0);
  const { card, dir } = await findModel(config.models.directory, config.models.embedder);
  const tokenizer = openModelTokenizer(dir, card);
  const schema = searchSchema(config);
  const asked = `q=${encodeURIComponent(query)}&${QUERY_STRING}`;
  const answer = await answerTo(config, asked);
  const { text } = generation.passage(longestPassage(generation));
  const weights = new Map(generation.analyzer.terms(query).map((term) => [term, 1]));
  const scored = scoredPassages();
  const block = Buffer.alloc(4096, 'wp-chat');
  const { snippetCharsMax, fusion } = config.retrieval;
  return {
    subjects: [
      { name: YARDSTICK, run: () => createHash('sha256').update(block).digest('hex'), repeat: 10 },
      { name: 'analyser: terms of a query', run: () => generation.analyzer.terms(query), repeat: 50 },
      { name: 'analyser: terms of a passage', run: () => generation.analyzer.terms(text), repeat: 1 },
      { name: 'tokenizer: encode a query', run: () => tokenizer.encode(query), repeat: 20 },
      { name: 'tokenizer: encode a passage', run: () => tokenizer.encode(text), repeat: 1 },
      {
        name: `fuse and sort ${FUSED} passages`,
        run: () => fuseStandardised(scored, fusion.denseWeight).sort(byScore),
        repeat: 1,
      },
      {
        name: 'snippet of a passage',
        run: () => snippetOf(text, generation.analyzer, { charsMax: snippetCharsMax, weights }),
        repeat: 1,
      },
      {
        name: 'wire: parse and validate a query string',
        run: () => validateSearch(schema, parseQueryString(asked), 0),
        repeat: 5,
      },
      { name: 'wire: answer to JSON', run: () => encode(answer, 'json'), repeat: 2 },
      { name: 'wire: answer to MessagePack', run: () => encode(answer, 'msgpack'), repeat: 2 },
      { name: 'metrics: record a sample', run: sampleRecording(), repeat: 500 },
    ],
    close: () => generation.close(),
  };
}

/** A real answer, without models; its times are made equal, so that its length is. */
async function answerTo(config: Config, asked: string): Promise<SearchResult> {
  const bare: EngineConfig = { ...config, models: { ...config.models, embedder: 'none', reranker: 'none' } };
  const engine = await openEngine({ config: bare, shared: await loadGeneration(config, 1), slot: 0 });
  const request = validateSearch(searchSchema(config), parseQueryString(asked), Number.MAX_SAFE_INTEGER);
  if (!request.ok) throw new Error(`Not a request: ${JSON.stringify(request.faults)}`);
  const outcome = await engine.search(request.value);
  await engine.close();
  if (outcome.kind !== 'ok') throw new Error(`No answer: ${JSON.stringify(outcome)}`);
  const { result } = outcome;
  for (const stage of Object.keys(result.timings) as (keyof typeof result.timings)[]) result.timings[stage] = 0.123;
  return { ...result, generation: 'bench' };
}

function longestPassage(generation: Generation): number {
  const lengths = Array.from({ length: generation.columns.passages }, (_, id) => generation.passage(id).text.length);
  return lengths.indexOf(Math.max(...lengths));
}

function scoredPassages(): Scored[] {
  return Array.from({ length: FUSED }, (_, id) => ({
    id,
    bm25: 10 + 5 * Math.sin(id * 7.3),
    dense: 0.4 + 0.3 * Math.sin(id * 3.1),
    bm25Rank: id < FUSED / 2 ? id + 1 : null,
    denseRank: id < FUSED / 2 ? null : id + 1 - FUSED / 2,
  }));
}
