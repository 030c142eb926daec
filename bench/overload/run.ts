/** `node dist/bench/overload/run.js`: what is answered in time when more is asked than can be done; writes overload.json and overload.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { openSampleSite } from '../sample-site.ts';
import { type Measured, measure } from './measure.ts';
import { reportOf } from './report.ts';
import { SCENARIOS } from './scenarios.ts';

const RESULTS = join(packageRoot, 'bench/results');
const PLAN = { seconds: 5, rounds: 3, factors: [1, 2, 5, 10], deadlineMs: 2000, seed: 11 };

const say = (note: string): boolean => process.stderr.write(`overload: ${note}\n`);

const machine = machineFacts();
say('building the sample site');
const site = openSampleSite({ configFile: null, set: [] }, 100, 40);
const measured: Measured[] = [];
try {
  for (const scenario of SCENARIOS) {
    say(scenario.name);
    measured.push(
      await measure(scenario, { ...PLAN, site }, ({ factor, goodPerSecond, p99Ms }) =>
        say(`${factor} times: ${goodPerSecond.toPrecision(3)}/s in time, p99 ${p99Ms.toFixed(0)} ms`),
      ),
    );
  }
} finally {
  site.close();
}
const result = { machine, ...PLAN, measured };
writeFileSync(join(RESULTS, 'overload.json'), `${JSON.stringify(result, null, 1)}\n`);
const report = reportOf(result);
writeFileSync(join(RESULTS, 'overload.md'), report);
process.stdout.write(report);
