import { Command } from 'commander';
import { print } from './command.ts';

export const benchCommand = (): Command =>
  new Command('bench').description('Benchmarks that report as JSON').addCommand(
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
          const { benchLexical } = await import('../../bench/lexical.ts');
          const result = await benchLexical({
            corpus: options.corpus,
            queries: options.queries,
            k: Number(options.k),
            k1: Number(options.k1),
            b: Number(options.b),
            rounds: Number(options.rounds),
            warmupS: Number(options.warmupS),
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
      ),
  );
