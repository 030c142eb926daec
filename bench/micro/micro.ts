/**
 * What does each small piece of a query's path cost, alone?
 *
 * Measured with tinybench: one piece in a loop on one thread, its code hot, its values in the cache. A sample holds as many
 * runs as bring it well above the clock's resolution; numbers are per run. RME is tinybench's relative margin of error of
 * the mean at 95 %.
 * Not measured: what the pieces cost each other in a busy server (caches, garbage collection): that is `bench serving`.
 * Corpus: the longest passage and the first query of the sample site; an answer of ten hits.
 */
import { Bench, type Task } from 'tinybench';
import type { Config } from '../../server/config/index.ts';
import { type BenchResult, hashOf, Rounds, ratio, runBenchmark, type Scale } from '../harness/index.ts';
import type { SampleSite } from '../sample-site.ts';
import { type MicroSubject, openSubjects, YARDSTICK } from './subjects.ts';

export interface MicroOptions {
  readonly scale: Scale;
  /** Of each subject in each round. */
  readonly milliseconds: number;
  readonly rounds: number;
  readonly config: Config;
  readonly site: SampleSite;
  readonly progress: (note: string) => void;
}

const ABOUT = [
  'Single pieces in a loop on one thread (tinybench), hot; times are per run, RME is the relative margin of error of the mean at 95 %.',
  'Ratios are times over that of hashing 4 KiB in the same round, which moves with the clock of the processor.',
];
const CONDITION = 'hot loop';
const MEDIAN = 'median ns';

export function benchMicro({
  scale,
  milliseconds,
  rounds,
  config,
  site,
  progress,
}: MicroOptions): Promise<BenchResult> {
  const parameters = { milliseconds, rounds, posts: site.posts, passages: site.passages };
  return runBenchmark({ name: 'micro', about: ABOUT, scale, parameters }, async () => {
    const ofSite: Config = { ...config, index: { ...config.index, directory: site.index } };
    const { subjects, close } = await openSubjects(ofSite, site.queries[0]!);
    try {
      const workSha256 = hashOf(subjects.map(({ name, run }) => [name, run() ?? null]));
      const results = new Rounds();
      for (let round = 0; round < rounds; round++) {
        progress(`micro: round ${round + 1} of ${rounds}`);
        await oneRound(subjects, milliseconds, results);
      }
      const timeOf = (subject: string) => results.of({ subject, condition: CONDITION }, MEDIAN);
      const ratios = subjects
        .filter(({ name }) => name !== YARDSTICK)
        .map(({ name }) => ratio(`${name} / hashing 4 KiB`, timeOf(name), timeOf(YARDSTICK), 'lower'));
      return { workSha256, measures: results.measures(), ratios };
    } finally {
      close();
    }
  });
}

async function oneRound(subjects: readonly MicroSubject[], milliseconds: number, results: Rounds): Promise<void> {
  const bench = new Bench({ time: milliseconds, warmupTime: milliseconds / 4, throws: true, retainSamples: false });
  for (const { name, run, repeat } of subjects) {
    bench.add(name, () => {
      for (let again = 0; again < repeat; again++) run();
    });
  }
  const tasks = await bench.run();
  for (const [at, task] of tasks.entries()) addTask(results, task, subjects[at]!.repeat);
}

function addTask(results: Rounds, { name, result }: Task, repeat: number): void {
  if (result.state !== 'completed') throw new Error(`Not measured: ${name}: ${result.state}`);
  const { p50, mean, rme } = result.latency;
  const nanoseconds = (milliseconds: number): number => (milliseconds * 1e6) / repeat;
  results.add(
    { subject: name, condition: CONDITION },
    { [MEDIAN]: nanoseconds(p50), 'mean ns': nanoseconds(mean), 'RME %': rme, 'runs/s': 1e9 / nanoseconds(p50) },
  );
}
