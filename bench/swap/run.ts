/** `node dist/bench/swap/run.js`: what it costs to exchange the index while queries come in; writes swap.json and swap.md, with BENCH_SCALE=smoke small ones into dist. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { openSampleSite } from '../sample-site.ts';
import { type Measured, measure, type Scenario, withHalf } from './measure.ts';
import { reportOf } from './report.ts';

const SMOKE = process.env['BENCH_SCALE'] === 'smoke';
const RESULTS = join(packageRoot, SMOKE ? 'dist' : 'bench/results');
const PLAN = { perSecond: SMOKE ? 4 : 40, swaps: SMOKE ? 2 : 20, everyMs: 1500, seed: 11 };
const SCENARIOS: readonly Scenario[] = [
  { name: 'words, 1 worker', parameters: 'mode=bm25&rerank=false', workers: 1 },
  { name: 'hybrid, 1 worker', parameters: 'mode=hybrid&rerank=false', workers: 1 },
  { name: 'hybrid, 2 workers', parameters: 'mode=hybrid&rerank=false', workers: 2 },
];

const say = (note: string): boolean => process.stderr.write(`swap: ${note}\n`);

const machine = machineFacts();
say('building the sample site, twice');
const site = withHalf(openSampleSite({ configFile: null, set: [] }, SMOKE ? 10 : 100, 40));
const measured: Measured[] = [];
try {
  for (const scenario of SCENARIOS) {
    say(scenario.name);
    measured.push(await measure(scenario, { ...PLAN, site }));
  }
} finally {
  site.close();
}
const result = { machine, ...PLAN, passages: site.passages, measured };
writeFileSync(join(RESULTS, 'swap.json'), `${JSON.stringify(result, null, 1)}\n`);
const report = reportOf(result);
writeFileSync(join(RESULTS, 'swap.md'), report);
process.stdout.write(report);
