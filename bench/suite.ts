/** Benchmarks by name, each with the values of its scale unless the caller says otherwise. */
import { join } from 'node:path';
import type { Config } from '../server/config/index.ts';
import { type BenchResult, type Launch, type Scale, writeReport, writeResult } from './harness/index.ts';
import { benchIndexing } from './indexing/indexing.ts';
import { benchMemory } from './memory/memory.ts';
import { benchMicro } from './micro/micro.ts';
import { benchRecording } from './recording/recording.ts';
import { openSampleSite, type SampleSite } from './sample-site.ts';
import { SCALES } from './scales.ts';
import { benchServing } from './serving/index.ts';

export const BENCHMARKS = ['micro', 'indexing', 'serving', 'memory', 'recording'] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

export interface SuiteOptions {
  readonly scale: Scale;
  readonly config: Config;
  readonly launch: Launch;
  readonly progress: (note: string) => void;
  /** Of one load of `serving`; null takes that of the scale. */
  readonly seconds: number | null;
  /** Numbers of connections of `serving`, ascending; null takes those of the scale. */
  readonly connections: readonly number[] | null;
  /** Posts of `indexing`; null takes those of the scale. */
  readonly posts: number | null;
  /** Of `recording`; null takes those of the scale. */
  readonly simulatedSeconds: number | null;
}

/** Runs one benchmark after the other over one index of the sample site; hands out each result as it comes. */
export async function runSuite(
  names: readonly BenchmarkName[],
  options: SuiteOptions,
  finished: (result: BenchResult) => void,
): Promise<void> {
  const { posts, queries } = SCALES[options.scale].site;
  let site: SampleSite | null = null;
  try {
    for (const name of names) {
      if (name === 'indexing') {
        finished(await runIndexing(options));
        continue;
      }
      if (site === null) options.progress(`building the sample site: ${posts} posts`);
      site ??= openSampleSite(options.launch, posts, queries);
      finished(await runOnSite(name, options, site));
    }
  } finally {
    site?.close();
  }
}

function runIndexing({ scale, config, progress, posts }: SuiteOptions): Promise<BenchResult> {
  const preset = SCALES[scale].indexing;
  return benchIndexing({ ...preset, posts: posts ?? preset.posts, scale, config, progress });
}

function runOnSite(
  name: Exclude<BenchmarkName, 'indexing'>,
  options: SuiteOptions,
  site: SampleSite,
): Promise<BenchResult> {
  const { scale, config, launch, progress, seconds, connections, simulatedSeconds } = options;
  const presets = SCALES[scale];
  const common = { scale, config, launch, site, progress };
  switch (name) {
    case 'serving':
      return benchServing({
        ...presets.serving,
        ...(seconds === null ? {} : { seconds }),
        ...(connections === null ? {} : { connections }),
        ...common,
      });
    case 'memory':
      return benchMemory({ ...presets.memory, ...common });
    case 'recording':
      return benchRecording({
        ...presets.recording,
        ...(simulatedSeconds === null ? {} : { simulatedSeconds }),
        ...common,
      });
    case 'micro':
      return benchMicro({ ...presets.micro, ...common });
  }
}

/** Writes the report on what was measured into a folder; returns its path. */
export const reportOn = (folder: string): string => writeReport(folder, BENCHMARKS);

/** Runs all, keeps each result in `folder` unless that is null, and writes the report there. */
export async function runAll(options: SuiteOptions, folder: string | null): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  await runSuite(BENCHMARKS, options, (result) => {
    results.push(result);
    if (folder !== null) writeResult(join(folder, `${result.name}.json`), result);
  });
  if (folder !== null) reportOn(folder);
  return results;
}
