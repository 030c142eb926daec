/** `node dist/bench/live/run.js`: how soon is a change found, and what does a merge cost? Writes live.json and live.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { openSampleSite } from '../sample-site.ts';
import { measureMerge } from './merge.ts';
import { openBenched } from './open.ts';
import { reportOf } from './report.ts';
import { measureVisibility, type Visibility } from './visibility.ts';

const RESULTS = join(packageRoot, 'bench/results');
const WRITES = [
  { perSecond: 1, writes: 20 },
  { perSecond: 20, writes: 200 },
];
const MERGE = { documents: 100, perSecond: 40, beforeSeconds: 15 };

const say = (note: string): boolean => process.stderr.write(`live: ${note}\n`);

const machine = machineFacts();
say('building the sample site');
const site = openSampleSite({ configFile: null, set: [] }, 100, 40);
try {
  const benched = await openBenched(site);
  const visibility: Visibility[] = [];
  for (const rate of WRITES) {
    say(`${rate.perSecond} writes a second`);
    visibility.push(await measureVisibility(benched, rate));
  }
  say('a merge while queries come in');
  const merge = await measureMerge(benched, MERGE);
  await benched.close();
  const result = { machine, passages: site.passages, visibility, merge };
  writeFileSync(join(RESULTS, 'live.json'), `${JSON.stringify(result, null, 1)}\n`);
  const report = reportOf(result);
  writeFileSync(join(RESULTS, 'live.md'), report);
  process.stdout.write(report);
} finally {
  site.close();
}
