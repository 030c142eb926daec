/**
 * `make bench-peers`: the BM25 core beside Lucene 10.4 and Tantivy, one after the other in one run, on the same token files.
 *
 * The peers' harness lies beside the checkout in ../shared/peers and must be installed (its README says how). Every engine runs
 * in process on one thread; ours is timed before and after the others, so that a drift of the machine shows. Wanted: an idle
 * machine. Not compared: indexing time and size, where ours is the larger.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../engine/package-root.ts';
import { benchLexical } from './lexical.ts';

interface PeerResult {
  readonly version: string;
  readonly min_us: { readonly mean: number; readonly p50: number; readonly p99: number };
  readonly top: readonly (readonly (readonly [number, number])[])[];
}

const PEERS = join(packageRoot, '../shared/peers');
const DATASETS = join(packageRoot, '../shared/datasets');
const WORK = join(tmpdir(), 'wp-chat-peers');
const RESULTS = join(packageRoot, 'bench/results');
const ENGINES = ['lucene-10.4', 'tantivy'] as const;
const SETTINGS = { k: 10, k1: 0.9, b: 0.4, rounds: 10, warmupS: 5, simd: true, out: null } as const;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const makeCorpus = (...words: string[]): void => {
  execFileSync(process.execPath, [join(PEERS, 'make-corpus.mjs'), ...words], { stdio: 'inherit' });
};

function prepare(): { name: string; corpus: string; queries: string }[] {
  mkdirSync(WORK, { recursive: true });
  const at = (file: string): string => join(WORK, file);
  if (!existsSync(at('enwiki-queries.txt'))) {
    makeCorpus('corpus', '--in', join(DATASETS, 'enwiki-26k/corpus.jsonl.gz'), '--out', at('enwiki.txt'));
    makeCorpus(
      'queries',
      '--in',
      join(DATASETS, 'query-logs/msmarco-passage-dev.jsonl'),
      '--out',
      at('enwiki-queries.txt'),
    );
  }
  if (!existsSync(at('200k-queries.txt')))
    makeCorpus('--synthetic', '200000', '--out', at('200k.txt'), '--queries-out', at('200k-queries.txt'));
  return ['enwiki', '200k'].map((name) => ({ name, corpus: at(`${name}.txt`), queries: at(`${name}-queries.txt`) }));
}

function runPeer(engine: string, corpus: string, queries: string): PeerResult {
  const out = join(WORK, 'peer.json');
  execFileSync(join(PEERS, 'peers'), ['run', engine, '--corpus', corpus, '--queries', queries, '--out', out], {
    stdio: 'inherit',
  });
  return JSON.parse(readFileSync(out, 'utf8')) as PeerResult;
}

/** Mean share of our best ten that a peer has too; peers round lengths to one byte, so it is below 1 by their doing. */
function overlap(ours: PeerResult['top'], theirs: PeerResult['top']): number {
  const shares = ours.map((list, query) => {
    const ids = new Set(theirs[query]!.map(([id]) => id));
    return list.length === 0 ? 1 : list.filter(([id]) => ids.has(id)).length / list.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

const rows: string[] = [];
const results: Record<string, unknown> = {
  cpu: cpus()[0]?.model.trim(),
  node: process.version,
  load: loadavg()[0],
  settings: SETTINGS,
};
for (const { name, corpus, queries } of prepare()) {
  say(`${name}: wp-chat`);
  const before = await benchLexical({ ...SETTINGS, corpus, queries });
  const peers = ENGINES.map((engine) => ({ engine, ...runPeer(engine, corpus, queries) }));
  const after = await benchLexical({ ...SETTINGS, corpus, queries });
  const mean = (before.min_us.mean + after.min_us.mean) / 2;
  const p99 = (before.min_us.p99 + after.min_us.p99) / 2;
  const fixed = (value: number): string => value.toFixed(2);
  rows.push(
    `| ${name}, ${before.docs} | wp-chat | ${fixed(before.min_us.mean)}, ${fixed(after.min_us.mean)} | ${fixed(before.min_us.p99)}, ${fixed(after.min_us.p99)} | 1 | 1 | 1 |`,
  );
  for (const { engine, version, min_us: min, top } of peers) {
    rows.push(
      `| | ${engine} (${version}) | ${fixed(min.mean)} | ${fixed(min.p99)} | ${fixed(mean / min.mean)} | ${fixed(p99 / min.p99)} | ${overlap(before.top, top).toFixed(4)} |`,
    );
  }
  const slim = ({ min_us }: { min_us: unknown }): unknown => min_us;
  results[name] = {
    docs: before.docs,
    queries: before.queries,
    before: slim(before),
    after: slim(after),
    peers: peers.map(({ engine, version, min_us }) => ({ engine, version, min_us })),
  };
}
const table = [
  '# Lexical retrieval beside Lucene and Tantivy',
  '',
  `${cpus()[0]?.model.trim()}, Node ${process.version}, load before ${loadavg()[0]!.toFixed(1)}. Reproduce: \`make bench-peers\`. Top-10 disjunction, k1 0.9, b 0.4, one thread,`,
  'best of 10 rounds a query, µs; ours twice, before and after the others, exact scores included. The ratio is our mean over theirs.',
  'Our scores are BM25 over true lengths (a property test holds them against a reference); the peers round lengths to a byte, hence an overlap below 1.',
  '',
  '| corpus, documents | engine | mean | p99 | ratio of means | ratio of p99 | overlap of top 10 with ours |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...rows,
  '',
].join('\n');
mkdirSync(RESULTS, { recursive: true });
writeFileSync(join(RESULTS, 'lexical-peers.json'), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(join(RESULTS, 'lexical-peers.md'), table);
process.stdout.write(table);
