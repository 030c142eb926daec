/** `wp-chat bench`: what each benchmark measures is written at the head of its file in bench/. */
import { join } from 'node:path';
import { Command } from 'commander';
import type { BenchmarkName, BenchResult, Comparison, SuiteOptions } from '../../bench/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { numberOf, requireReadable } from './bench-options.ts';
import { configOf, EXIT, globalOptions, print, table } from './command.ts';

export const benchCommand = (): Command =>
  new Command('bench')
    .description('Measure speed and memory beside the raw limits of the libraries; results as JSON')
    .addCommand(servingCommand())
    .addCommand(indexingCommand())
    .addCommand(memoryCommand())
    .addCommand(microCommand())
    .addCommand(recordingCommand())
    .addCommand(lexicalCommand())
    .addCommand(allCommand())
    .addCommand(reportCommand())
    .addHelpText('after', '\nExample:\n  $ wp-chat bench all --smoke');

interface RunOptions {
  readonly smoke: boolean;
  readonly out?: string;
  readonly compare?: string;
  readonly seconds?: string;
  readonly concurrency?: string;
  readonly posts?: string;
  readonly simulatedSeconds?: string;
}

const COMPARE_HELP = `
With --compare, exit code 1 says that a ratio is worse than the baseline's by more than noise: 10 %, or half the range of
its rounds where that is wider. Absolute numbers are not compared, and other work or other parameters are refused.`;

const withRunOptions = (command: Command, example: string): Command =>
  command
    .option('--smoke', 'small values: shows that it runs, measures nothing', false)
    .option('--out <file>', 'write the result there')
    .option('--compare <file>', 'compare with an earlier result')
    .addHelpText('after', `${COMPARE_HELP}\n\nExample:\n  $ ${example}`);

const runAs =
  (name: BenchmarkName) =>
  async (options: RunOptions, command: Command): Promise<void> => {
    const { readResult, runSuite, writeResult } = await import('../../bench/index.ts');
    const results: BenchResult[] = [];
    const baselines = options.compare === undefined ? [] : [readResult(options.compare)];
    await runSuite([name], suiteOptions(options, command), (result) => results.push(result));
    const result = results[0]!;
    if (options.out !== undefined) writeResult(options.out, result);
    await tell(command, results, baselines);
  };

const servingCommand = (): Command =>
  withRunOptions(
    new Command('serving')
      .description("Requests/s and latency of the real server in four modes, beside each library's raw limit")
      .option('--seconds <number>', 'time of each load, 0.05 to 600')
      .option('--concurrency <numbers>', 'keep-alive connections, ascending: 1,8,32'),
    'wp-chat bench serving --seconds 3 --out bench/results/serving.json',
  ).action(runAs('serving'));

const indexingCommand = (): Command =>
  withRunOptions(
    new Command('indexing')
      .description('Passages/s of a build, beside the embedder alone on the same tokens')
      .option('--posts <number>', 'posts to index, 1 to 100000; beyond 100 copies under other titles'),
    'wp-chat bench indexing --posts 200 --compare bench/results/indexing.json',
  ).action(runAs('indexing'));

const memoryCommand = (): Command =>
  withRunOptions(
    new Command('memory').description('Memory of each further worker, beside that of its models alone'),
    'wp-chat bench memory --out bench/results/memory.json',
  ).action(runAs('memory'));

const microCommand = (): Command =>
  withRunOptions(
    new Command('micro').description("Single pieces of a query's path in a hot loop (tinybench)"),
    'wp-chat bench micro --smoke',
  ).action(runAs('micro'));

const recordingCommand = (): Command =>
  withRunOptions(
    new Command('recording')
      .description(
        'What recording and judging every request costs, and its memory over a simulated stretch of 50,000 a second',
      )
      .option('--simulated-seconds <number>', 'length of that stretch, 1 to 864000; a day takes some ten minutes'),
    'wp-chat bench recording --simulated-seconds 86400 --out bench/results/recording-day.json',
  ).action(runAs('recording'));

const allCommand = (): Command =>
  new Command('all')
    .description('All of the above but lexical, one after the other, over one index of the sample site')
    .option('--smoke', 'small values: shows that everything runs, measures nothing', false)
    .option('--out <directory>', 'write each result and the report there')
    .option('--compare <directory>', 'compare each with the earlier result there')
    .addHelpText('after', `${COMPARE_HELP}\n\nExample:\n  $ wp-chat bench all --out bench/results`)
    .action(async (options: RunOptions, command: Command) => {
      const { BENCHMARKS, readResult, runAll } = await import('../../bench/index.ts');
      const baselines =
        options.compare === undefined
          ? []
          : BENCHMARKS.map((name) => readResult(join(options.compare!, `${name}.json`)));
      await tell(command, await runAll(suiteOptions(options, command), options.out ?? null), baselines);
    });

const reportCommand = (): Command =>
  new Command('report')
    .description('Write README.md with tables from the JSON results of a folder')
    .option('--in <directory>', 'folder of the results', 'bench/results')
    .addHelpText('after', '\nExample:\n  $ wp-chat bench report')
    .action(async ({ in: folder }: { in: string }, command: Command) => {
      const { reportOn } = await import('../../bench/index.ts');
      const file = reportOn(folder);
      print(command, { file }, () => file);
    });

function suiteOptions(
  { smoke, seconds, concurrency, posts, simulatedSeconds }: RunOptions,
  command: Command,
): SuiteOptions {
  const { config: configFile, set, json } = globalOptions(command);
  const connections = concurrency
    ?.split(',')
    .map((one) => numberOf('concurrency', one, { low: 1, high: 1024, whole: true }));
  if (connections?.some((count, at) => at > 0 && count <= connections[at - 1]!))
    throw new EngineError('request_invalid', `--concurrency: expected ascending numbers: ${concurrency}`);
  return {
    scale: smoke ? 'smoke' : 'full',
    config: configOf(command).config,
    launch: { configFile: configFile ?? null, set },
    progress: (note) => json || process.stderr.write(`${note}\n`),
    seconds: seconds === undefined ? null : numberOf('seconds', seconds, { low: 0.05, high: 600, whole: false }),
    connections: connections ?? null,
    posts: posts === undefined ? null : numberOf('posts', posts, { low: 1, high: 100_000, whole: true }),
    simulatedSeconds:
      simulatedSeconds === undefined
        ? null
        : numberOf('simulated-seconds', simulatedSeconds, { low: 1, high: 864_000, whole: true }),
  };
}

/** Prints what was measured and, against baselines, what changed; a regression is exit code 1. */
async function tell(
  command: Command,
  results: readonly BenchResult[],
  baselines: readonly BenchResult[],
): Promise<void> {
  const { compare, measureRows, shown } = await import('../../bench/index.ts');
  const comparisons = baselines.map((baseline, at) => compare(baseline, results[at]!));
  if (comparisons.some(({ regressed }) => regressed)) process.exitCode = EXIT.failed;
  const value = { results, ...(comparisons.length === 0 ? {} : { comparisons }) };
  print(command, value, () =>
    [
      ...results.map((one) => describe(one, { measureRows, shown })),
      ...comparisons.map((one) => verdicts(one, { shown })),
    ].join('\n\n'),
  );
}

interface Told {
  readonly measureRows: (measures: BenchResult['measures']) => string[][];
  readonly shown: (value: number) => string;
}

function describe({ name, smoke, measures, ratios, seconds }: BenchResult, { measureRows, shown }: Told): string {
  const shares = ratios.map(({ name: share, median, rounds, better }) => [
    share,
    `${shown(median)} [${shown(Math.min(...rounds))}, ${shown(Math.max(...rounds))}]`,
    `${better} is better`,
  ]);
  const head = `${name}: ${seconds} s${smoke ? ', smoke values: these numbers mean nothing' : ''}`;
  return `${head}\n${table(measureRows(measures))}\n\n${table([['RATIO', 'MEDIAN', ''], ...shares])}`;
}

const verdicts = ({ ratios }: Comparison, { shown }: Pick<Told, 'shown'>): string =>
  table([
    ['RATIO', 'BASELINE', 'NOW', 'BAND', 'VERDICT'],
    ...ratios.map(({ name, baseline, now, band, verdict }) => [
      name,
      baseline === null ? '-' : shown(baseline),
      now === null ? '-' : shown(now),
      `${Math.round(band * 100)} %`,
      verdict,
    ]),
  ]);

/** The most results that the core ranks. */
const K_MAX = 1000;

const lexicalCommand = (): Command =>
  new Command('lexical')
    .description('Time the BM25 core on a file of tokens, in process and on one thread')
    .requiredOption('--corpus <file>', 'one document a line, tokens separated by spaces (.gz too)')
    .requiredOption('--queries <file>', 'one query a line')
    .option('--k <number>', 'results a query', '10')
    .option('--k1 <number>', 'saturation of term frequency', '0.9')
    .option('--b <number>', 'normalisation by length', '0.4')
    .option('--rounds <number>', 'timed passes over the queries', '10')
    .option('--warmup-s <number>', 'seconds of untimed passes before', '2')
    .option('--no-simd', 'run the scalar build')
    .option('--out <file>', 'write the result there')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat bench lexical --corpus enwiki.txt --queries queries.txt --k 10 --out result.json',
    )
    .action(
      async (
        options: Record<'corpus' | 'queries' | 'k' | 'k1' | 'b' | 'rounds' | 'warmupS', string> & {
          simd: boolean;
          out?: string;
        },
        command: Command,
      ) => {
        const { corpus, queries, k, k1, b, rounds, warmupS } = options;
        const numbers = {
          k: numberOf('k', k, { low: 1, high: K_MAX, whole: true }),
          k1: numberOf('k1', k1, { low: 0, high: 3, whole: false }),
          b: numberOf('b', b, { low: 0, high: 1, whole: false }),
          rounds: numberOf('rounds', rounds, { low: 1, high: 10_000, whole: true }),
          warmupS: numberOf('warmup-s', warmupS, { low: 0, high: 600, whole: false }),
        };
        for (const file of [corpus, queries]) requireReadable(file);
        const { benchLexical } = await import('../../bench/lexical.ts');
        const result = await benchLexical({
          corpus,
          queries,
          ...numbers,
          simd: options.simd,
          out: options.out ?? null,
        });
        const { per_query_min_us: _, top: __, ...summary } = result;
        print(
          command,
          summary,
          () =>
            `${result.docs} documents, ${result.queries} queries: mean ${result.min_us.mean} µs, p50 ${result.min_us.p50}, p99 ${result.min_us.p99} (best of ${result.rounds} rounds)`,
        );
      },
    );
