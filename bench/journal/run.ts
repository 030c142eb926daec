/** `node dist/bench/journal/run.js`: upserts a second, each durable before it is acknowledged, beside SQLite's; writes journal.json and journal.md, with BENCH_SCALE=smoke small ones into dist. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { machineFacts } from '../harness/machine.ts';
import { median, Rounds, ratio } from '../harness/rounds.ts';
import { bareRate, openOwn, ownRate, titleOf } from './own.ts';
import { startSqlite } from './sqlite.ts';

const SMOKE = process.env['BENCH_SCALE'] === 'smoke';
const RESULTS = join(packageRoot, SMOKE ? 'dist' : 'bench/results');
const ROUNDS = SMOKE ? 1 : 7;
const SECONDS = SMOKE ? 0.1 : 0.5;
const WRITERS = [1, 8, 64] as const;
const DOCUMENTS = 2000;
/** Of the text; the rest of a document is about as much again for short ones. */
const TEXT_BYTES = 1800;

/** Texts of letters that do not compress to nothing, the same in every run. */
function documentOf(at: number): SourcePost {
  let text = '';
  for (let part = 0; text.length < TEXT_BYTES; part++)
    text += createHash('sha256').update(`${at} ${part}`).digest('base64');
  return {
    id: `post-${at}`,
    title: titleOf(0),
    html: null,
    text: text.slice(0, TEXT_BYTES),
    url: `/posts/${at}/`,
    dateMs: 1.7e12,
    modifiedMs: 1.7e12,
    author: 'somebody',
    categories: ['news'],
    tags: [],
    type: 'post',
    lang: 'en',
  };
}

const OWN = 'wp-chat';
const INLINE = 'wp-chat, without a thread of its own';
const EACH = 'SQLite, a transaction each';
const TOGETHER = 'SQLite, all that wait in one transaction';
const BARE = 'write and fsync, nothing else';
const conditionOf = (writers: number): string => `${writers} at a time`;

const documents = Array.from({ length: DOCUMENTS }, (_, at) => documentOf(at));
const lines = documents.map((document) => Buffer.from(JSON.stringify(document)));
const bytes = Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length);
// On the disk of the project: the folder for temporary files may be in memory.
const folder = mkdtempSync(join(packageRoot, 'dist', 'bench-journal-'));
const rounds = new Rounds();
const { cpu, cores, node, date, kernel, loadBefore } = machineFacts();
let version = '';
try {
  const file = join(folder, 'documents.jsonl');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const sqlite = await startSqlite(join(folder, 'sqlite.db'), file);
  version = sqlite.version;
  const own = await openOwn(join(folder, 'own'), 'thread');
  const inline = await openOwn(join(folder, 'inline'), 'inline');
  const add = (subject: string, writers: number, metrics: Record<string, number>): void =>
    rounds.add({ subject, condition: conditionOf(writers) }, metrics);
  const round = async (seconds: number, keep: typeof add): Promise<void> => {
    for (const writers of WRITERS) {
      const { perSecond, p50Ms, p99Ms } = await ownRate(own, documents, { writers, seconds });
      keep(OWN, writers, { 'upserts/s': perSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms });
      keep(EACH, writers, { 'upserts/s': await sqlite.rate(1, seconds) });
      if (writers > 1) keep(TOGETHER, writers, { 'upserts/s': await sqlite.rate(writers, seconds) });
    }
    const { perSecond, p50Ms, p99Ms } = await ownRate(inline, documents, { writers: 1, seconds });
    keep(INLINE, 1, { 'upserts/s': perSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms });
    keep(BARE, 1, { 'upserts/s': bareRate(folder, lines, seconds) });
  };
  // The first warms up.
  await round(SECONDS, () => {});
  for (let at = 0; at < ROUNDS; at++) await round(SECONDS, add);
  sqlite.close();
  await own.close();
  await inline.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const told = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} [${Math.min(...values).toFixed(digits)}, ${Math.max(...values).toFixed(digits)}]`;
const rows = rounds.measures().filter(({ metric }) => metric === 'upserts/s');
const latency = (subject: string, condition: string, metric: string): string =>
  subject.startsWith(OWN) ? told(rounds.of({ subject, condition }, metric), 2) : '';
const ratios = WRITERS.flatMap((writers) => {
  const condition = conditionOf(writers);
  const rate = (subject: string): readonly number[] => rounds.of({ subject, condition }, 'upserts/s');
  const beside = (other: string) => ratio(`${OWN} / ${other}, ${condition}`, rate(OWN), rate(other));
  return writers === 1 ? [beside(EACH), beside(BARE)] : [beside(EACH), beside(TOGETHER)];
});

const report = `# Upserts that are durable when they are acknowledged

Documents of ${bytes} bytes of JSON on average, ${DOCUMENTS} ids over and over, on one disk, in alternating rounds of ${SECONDS} s; medians of ${ROUNDS} rounds, lowest
and highest in brackets. SQLite ${version} (WAL, synchronous=FULL, from Python) has one writer, so "a transaction each" is the same work whoever
waits; "in one transaction" is what an application reaches that gathers by itself, with no time for telling each of its clients. It keeps a
B-tree and copies its log into it along the way; ours keeps the documents in memory and leaves that to a merge. Reproduce:
\`node dist/bench/journal/run.js\` (needs python3).

| subject | clients | upserts/s | median ms | 99th percentile ms |
| --- | ---: | ---: | ---: | ---: |
${rows
  .map(
    ({ subject, condition, rounds: rates }) =>
      `| ${subject} | ${condition} | ${told(rates, 0)} | ${latency(subject, condition, 'p50 ms')} | ${latency(subject, condition, 'p99 ms')} |`,
  )
  .join('\n')}

| ratio | median | lowest, highest round |
| --- | ---: | ---: |
${ratios.map(({ name, median: middle, rounds: all }) => `| ${name} | ${middle.toFixed(2)} | ${Math.min(...all).toFixed(2)}, ${Math.max(...all).toFixed(2)} |`).join('\n')}

${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
const json = { documentBytes: bytes, sqlite: version, measures: rounds.measures(), ratios };
writeFileSync(join(RESULTS, 'journal.json'), `${JSON.stringify(json, null, 1)}\n`);
writeFileSync(join(RESULTS, 'journal.md'), report);
process.stdout.write(report);
