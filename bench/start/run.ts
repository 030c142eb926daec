/**
 * `node dist/bench/start/run.js`: how long from the start of a server to its first answer, with a million passages beside a thousand?
 * Writes start.json and start.md; with BENCH_SCALE=smoke a small run that shows that it works, into dist.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { configSchema } from '../../server/config/schema.ts';
import { machineFacts } from '../harness/machine.ts';
import type { SampleSite } from '../sample-site.ts';
import { measureStart, type Started, type StartPlan } from './measure.ts';
import { type MeasuredIndex, reportOf } from './report.ts';
import { buildSynthetic } from './synthetic.ts';

const SMOKE = process.env['BENCH_SCALE'] === 'smoke';
const RESULTS = join(packageRoot, SMOKE ? 'dist' : 'bench/results');
const PASSAGES = SMOKE ? [500] : [1000, Number(process.env['BENCH_PASSAGES'] ?? 1_000_000)];
const ROUNDS = SMOKE ? 1 : 3;
const SEED = 17;
const STARTS: readonly Omit<StartPlan, 'site'>[] = SMOKE
  ? [{ mode: 'hybrid', cache: 'dropped' }]
  : [
      { mode: 'bm25', cache: 'warm' },
      { mode: 'bm25', cache: 'dropped' },
      { mode: 'hybrid', cache: 'warm' },
      { mode: 'hybrid', cache: 'dropped' },
    ];

const say = (note: string): boolean => process.stderr.write(`start: ${note}\n`);

const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

async function measured(passages: number): Promise<MeasuredIndex> {
  // On the disk of the project: the folder for temporary files may be in memory.
  const folder = mkdtempSync(join(packageRoot, 'dist', 'bench-start-'));
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const index = join(folder, 'index');
    const models = { directory: join(packageRoot, 'data/models') };
    const config = configSchema.parse({ index: { directory: index }, models });
    const startMs = performance.now();
    const { textBytes, posts } = await buildSynthetic(config, {
      passages,
      seed: SEED,
      threads: availableParallelism(),
      stage: (name) => say(`${passages} passages, ${((performance.now() - startMs) / 1000).toFixed(0)} s: ${name}`),
    });
    const builtMs = performance.now() - startMs;
    const site: SampleSite = { index, posts, passages, queries: [firstQuery()], close };
    const rounds = new Map<(typeof STARTS)[number], Started[]>(STARTS.map((plan) => [plan, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [plan, all] of rounds) {
        say(`${passages} passages: ${plan.mode}, ${plan.cache}, round ${round + 1} of ${ROUNDS}`);
        all.push(await measureStart({ ...plan, site }));
      }
    const starts = [...rounds].map(([plan, all]) => ({ ...plan, rounds: all }));
    return { passages, posts, textBytes, indexBytes: bytesIn(index), builtMs, starts };
  } finally {
    close();
  }
}

function firstQuery(): string {
  const [line] = readFileSync(join(packageRoot, 'data/sample/queries.jsonl'), 'utf8').split('\n', 1);
  return (JSON.parse(line!) as { text: string }).text;
}

const machine = machineFacts();
const indexes: MeasuredIndex[] = [];
for (const passages of PASSAGES) indexes.push(await measured(passages));
const result = { machine, seed: SEED, indexes };
const report = reportOf(result);
writeFileSync(join(RESULTS, 'start.json'), `${JSON.stringify(result, null, 1)}\n`);
writeFileSync(join(RESULTS, 'start.md'), report);
process.stdout.write(report);
