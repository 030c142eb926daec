/**
 * How fast is BM25 alone? Indexes a file of tokens, runs a file of queries against it in process and on one thread, and
 * reports in the form that the engines beside it are measured in.
 *
 * A line is a document or a query, its tokens separated by spaces; the line number, from 0, is the document's id. Timed is
 * what lies between a query's tokens and the ids and exact scores of its best k: term lookup, search, copying.
 */
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { type Lexical, LexicalWriter, loadLexical, openLexical, type QueryTerm } from '../engine/lexical/index.ts';
import { packageRoot } from '../engine/package-root.ts';
import { type Timings, timings } from './lexical-timings.ts';

export interface LexicalBenchOptions {
  /** Path of the documents' tokens; .gz is read through gunzip. */
  readonly corpus: string;
  /** Path of the queries' tokens. */
  readonly queries: string;
  readonly k: number;
  readonly k1: number;
  readonly b: number;
  /** Timed passes over the queries: at least 1. */
  readonly rounds: number;
  /** Untimed passes go on for at least this long, and twice. */
  readonly warmupS: number;
  /** Which build of the core runs. */
  readonly simd: boolean;
  /** Path of the JSON result, or null for none. */
  readonly out: string | null;
}

export interface LexicalBenchResult extends Timings {
  readonly engine: 'wp-chat';
  readonly version: string;
  readonly simd: string;
  readonly docs: number;
  readonly terms: number;
  readonly postings: number;
  readonly tokens: number;
  readonly build_s: number;
  readonly index_bytes: number;
  readonly index_bytes_by_kind: Readonly<Record<string, number>>;
  readonly k: number;
  readonly k1: number;
  readonly b: number;
  readonly exhaustive: false;
  readonly threads: 1;
  readonly queries: number;
  readonly rounds: number;
  readonly warmup_rounds: number;
  readonly best_qps: number;
  readonly top: readonly (readonly (readonly [id: number, score: number])[])[];
}

/** Builds, runs and, if asked to, writes the result. */
export async function benchLexical(options: LexicalBenchOptions): Promise<LexicalBenchResult> {
  const { k, k1, b, rounds, simd } = options;
  const built = await build(options);
  const lexical = openLexical(loadLexical(built.bytes, { workersMax: 1 }), 0, { simd });
  const queries: string[][] = [];
  for await (const tokens of tokenLines(options.queries)) queries.push(tokens);
  const warmupRounds = warmUp(lexical, queries, options);
  const samplesNs = queries.map(() => new Array<number>(rounds).fill(0));
  const roundNs: number[] = [];
  for (let round = 0; round < rounds; round++)
    roundNs.push(
      timeRound(lexical, queries, k, (query, ns) => {
        samplesNs[query]![round] = ns;
      }),
    );
  const result: LexicalBenchResult = {
    engine: 'wp-chat',
    version: packageVersion(),
    simd: simd ? 'enabled' : 'disabled',
    docs: lexical.documents,
    terms: lexical.terms,
    postings: lexical.postings,
    tokens: built.tokens,
    build_s: built.seconds,
    index_bytes: built.bytes.length,
    index_bytes_by_kind: { lexical: built.bytes.length },
    ...{ k, k1, b, exhaustive: false, threads: 1, queries: queries.length, rounds, warmup_rounds: warmupRounds },
    best_qps: Math.round((queries.length / Math.min(...roundNs)) * 1e9),
    ...timings(samplesNs),
    top: queries.map((tokens) => {
      const { ids, scores } = lexical.search(termsOf(tokens), k);
      return Array.from(ids, (id, rank) => [id, Number(scores[rank]!.toPrecision(7))] as const);
    }),
  };
  if (options.out !== null) writeFileSync(options.out, `${JSON.stringify(result)}\n`);
  return result;
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

async function build({
  corpus,
  k1,
  b,
}: LexicalBenchOptions): Promise<{ bytes: Uint8Array; tokens: number; seconds: number }> {
  const start = process.hrtime.bigint();
  const writer = new LexicalWriter({ k1, b });
  let tokens = 0;
  for await (const document of tokenLines(corpus)) {
    writer.add(document);
    tokens += document.length;
  }
  const { bytes } = writer.finish();
  return { bytes, tokens, seconds: Number((process.hrtime.bigint() - start) / 1_000_000n) / 1000 };
}

async function* tokenLines(path: string): AsyncGenerator<string[]> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield line === '' ? [] : line.split(' ');
}

/** A query's tokens; the engine adds up those that repeat. */
function termsOf(tokens: readonly string[]): QueryTerm[] {
  return tokens.map((term) => ({ term, weight: 1 }));
}

function warmUp(lexical: Lexical, queries: readonly string[][], { k, warmupS }: LexicalBenchOptions): number {
  const end = process.hrtime.bigint() + BigInt(Math.round(warmupS * 1e9));
  let rounds = 0;
  while (rounds < 2 || process.hrtime.bigint() < end) {
    timeRound(lexical, queries, k, () => {});
    rounds += 1;
  }
  return rounds;
}

/** Runs every query once and hands out its nanoseconds; returns those of the whole round. */
function timeRound(
  lexical: Lexical,
  queries: readonly string[][],
  k: number,
  sample: (query: number, ns: number) => void,
): number {
  const begin = performance.now();
  for (const [query, tokens] of queries.entries()) {
    const start = performance.now();
    lexical.search(termsOf(tokens), k);
    sample(query, (performance.now() - start) * 1e6);
  }
  return (performance.now() - begin) * 1e6;
}
