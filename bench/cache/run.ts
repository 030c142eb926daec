/** Cached answers: their rate beside the raw limit, and what W-TinyLFU hits beside LRU and the optimum; writes cache.json and cache.md. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { openSampleSite } from '../sample-site.ts';
import { hitShares } from './policies.ts';
import { measureRates } from './rates.ts';
import { type HitRow, reportOf } from './report.ts';
import { logQueries, traces } from './trace.ts';

const RESULTS = join(packageRoot, 'bench/results');
const CONNECTIONS = 8;
const SECONDS = 3;
const ROUNDS = 5;
const REQUESTS = 200_000;
const SEED = 5;
const CAPACITY_SHARES = [0.01, 0.05, 0.2];

const say = (note: string): boolean => process.stderr.write(`cache: ${note}\n`);

const load = loadavg()[0]!;
say('building the sample site');
const site = openSampleSite({ configFile: null, set: [] }, 100, 1);
say(`rates: ${ROUNDS} rounds of ${4 * SECONDS} s`);
const rates = await measureRates({ site, connections: CONNECTIONS, seconds: SECONDS, rounds: ROUNDS }).finally(
  site.close,
);
const queries = logQueries();
const hits: HitRow[] = traces(queries, REQUESTS, SEED).flatMap(({ name, about, queries: asked }) =>
  CAPACITY_SHARES.map((share) => {
    say(`hit rate: ${name}, ${share * 100} %`);
    const entriesMax = Math.round(queries.length * share);
    return { trace: name, about, entriesMax, requests: asked.length, shares: hitShares(asked, entriesMax) };
  }),
);
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
const result = { machine: { ...machine, loadBefore: load }, connections: CONNECTIONS, seconds: SECONDS, rates, hits };
writeFileSync(join(RESULTS, 'cache.json'), `${JSON.stringify(result, null, 1)}\n`);
const report = reportOf(result, queries.length);
writeFileSync(join(RESULTS, 'cache.md'), report);
process.stdout.write(report);
