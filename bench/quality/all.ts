/**
 * `make quality`: every judged collection, one after the other, into bench/results/quality.json and its table.
 *
 * The collections lie beside the checkout in ../shared/datasets, the sample site ships. Where a collection is not there it is
 * left out and named. Vectors are kept below the temporary folder, so a second run asks only.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { loadConfig } from '../../server/config/index.ts';
import type { Estimate } from './measures.ts';
import { measureQuality, type QualityReport } from './quality.ts';

const DATASETS = join(packageRoot, '../shared/datasets');
const COLLECTIONS = [
  ...['scifact', 'cranfield', 'xquad-de', 'jsquad-ja'].map((name) => ({
    name,
    folder: join(DATASETS, name),
    corpus: 'corpus.jsonl',
  })),
  { name: 'sample', folder: join(packageRoot, 'data/sample'), corpus: 'posts.jsonl' },
];
const RESULTS = join(packageRoot, 'bench/results');

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const { config } = loadConfig({ file: null, environment: process.env, flags: process.argv.slice(2) });
const reports: Record<string, QualityReport> = {};
for (const { name, folder, corpus } of COLLECTIONS) {
  if (!existsSync(join(folder, corpus))) {
    say(`${name}: left out, not there: ${folder}`);
    continue;
  }
  say(name);
  reports[name] = await measureQuality({
    corpus: join(folder, corpus),
    queries: join(folder, 'queries.jsonl'),
    qrels: join(folder, 'qrels.tsv'),
    config,
    work: join(tmpdir(), 'wp-chat-quality', name),
    progress: (note) => say(`  ${note}`),
  });
}

const cell = ({ mean, low, high }: Estimate): string => `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
const rows = Object.entries(reports).flatMap(([name, { modes, queries, documents }]) =>
  Object.entries(modes).map(([mode, { ndcg10, recall100, mrr10, degraded }]) => {
    const served = Object.keys(degraded).length === 0 ? mode : `${mode} (${Object.keys(degraded).join(', ')})`;
    return `| ${name} | ${documents} / ${queries} | ${served} | ${cell(ndcg10)} | ${cell(recall100)} | ${cell(mrr10)} |`;
  }),
);
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
const table = [
  '# Quality',
  '',
  `wp-chat ${version}, ${cpus()[0]?.model.trim()}, Node ${process.version}. Reproduce: \`make quality\`. Means with 95 % bootstrap intervals over queries.`,
  'A mode with a reason in brackets was served with less than was asked for at least one query: the embedder and the reranker know English.',
  '',
  '| collection | documents / queries | mode | nDCG@10 | recall@100 | MRR@10 |',
  '| --- | --- | --- | --- | --- | --- |',
  ...rows,
  '',
].join('\n');
mkdirSync(RESULTS, { recursive: true });
writeFileSync(join(RESULTS, 'quality.json'), `${JSON.stringify(reports, null, 2)}\n`);
writeFileSync(join(RESULTS, 'quality.md'), table);
process.stdout.write(table);
