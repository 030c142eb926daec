/**
 * `node dist/bench/live/run.js`: how soon is a change found, what does a merge cost those who ask, and how much memory does it take?
 * Writes live.json and live.md. With BENCH_SCALE=smoke a small run that shows that it works, into dist.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { openSampleSite } from '../sample-site.ts';
import { type MergeMemory, measureMemory } from './memory.ts';
import { measureMerges } from './merge.ts';
import { openBenched } from './open.ts';
import { reportOf } from './report.ts';
import { measureVisibility, type Visibility } from './visibility.ts';

const SMOKE = process.env['BENCH_SCALE'] === 'smoke';
const RESULTS = join(packageRoot, SMOKE ? 'dist' : 'bench/results');
const POSTS = SMOKE ? 10 : 100;
const few = (full: number): number => (SMOKE ? Math.ceil(full / 10) : full);
const WRITES = [
  { name: 'new posts', perSecond: 1, writes: few(20), fresh: true },
  { name: 'edits', perSecond: 1, writes: few(20), fresh: false },
  { name: 'many new posts', perSecond: 20, writes: few(200), fresh: true },
  { name: 'many edits', perSecond: 20, writes: few(100), fresh: false },
];
const MERGES = { merges: 2, documents: few(100), perSecond: 40, beforeSeconds: few(15) };
/** Of the site, for the memory of a merge. */
const COPIES = SMOKE ? [1, 2] : [1, 8, 32];

const say = (note: string): boolean => process.stderr.write(`live: ${note}\n`);

const machine = machineFacts();
say('building the sample site');
const site = openSampleSite({ configFile: null, set: [] }, POSTS, 40);
try {
  const benched = await openBenched(site);
  const visibility: Visibility[] = [];
  for (const rate of WRITES) {
    say(`${rate.name}, ${rate.perSecond} a second`);
    visibility.push(await measureVisibility(benched, rate));
  }
  say('merges while queries come in');
  const merges = await measureMerges(benched, MERGES);
  await benched.close();
  const memory: MergeMemory[] = [];
  for (const copies of COPIES) {
    say(`memory of a merge, ${copies} times the site`);
    memory.push(await measureMemory(POSTS, copies));
  }
  const result = { machine, passages: site.passages, visibility, merges, memory };
  const report = reportOf(result);
  writeFileSync(join(RESULTS, 'live.json'), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(RESULTS, 'live.md'), report);
  process.stdout.write(report);
} finally {
  site.close();
}
