import { Command } from 'commander';
import type { Estimate, QualityReport } from '../../bench/quality/index.ts';
import { configOf, globalOptions, print, table } from './command.ts';

export const qualityCommand = (): Command =>
  new Command('quality')
    .description('Measure nDCG@10, recall@100 and MRR@10 of every mode on a judged collection, with 95 % intervals')
    .requiredOption('--corpus <file>', 'documents as JSON lines: id, title, text')
    .requiredOption('--queries <file>', 'queries as JSON lines: id, text')
    .requiredOption('--qrels <file>', 'judgements, tab-separated: query, document, grade')
    .option('--work <directory>', 'keep the index there, and use its vectors again')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat quality --corpus data/sample/posts.jsonl --queries data/sample/queries.jsonl --qrels data/sample/qrels.tsv',
    )
    .action(
      async (
        { work, ...files }: { corpus: string; queries: string; qrels: string; work?: string },
        command: Command,
      ) => {
        const { measureQuality } = await import('../../bench/quality/index.ts');
        const quiet = globalOptions(command).json;
        const report = await measureQuality({
          ...files,
          config: configOf(command).config,
          work: work ?? null,
          progress: (note) => quiet || process.stderr.write(`${note}\n`),
        });
        print(command, report, () => describe(report));
      },
    );

function describe({ modes, queries, documents, seconds }: QualityReport): string {
  const cell = ({ mean, low, high }: Estimate): string => `${mean.toFixed(4)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const rows = Object.entries(modes).map(([name, { ndcg10, recall100, mrr10, degraded }]) => [
    name,
    cell(ndcg10),
    cell(recall100),
    cell(mrr10),
    Object.entries(degraded)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', '),
  ]);
  return `${documents} documents, ${queries} queries, ${seconds.toFixed(0)} s\n${table([['MODE', 'NDCG@10', 'RECALL@100', 'MRR@10', 'DEGRADED'], ...rows])}`;
}
