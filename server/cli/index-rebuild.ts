import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { serversOf } from '../../engine/store/index.ts';
import { type RebuildReport, rebuildIndex } from '../rebuild-index.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { percentOn } from './progress.ts';

interface RebuildOptions {
  readonly fresh: boolean;
  readonly accept: boolean;
}

export const indexRebuildCommand = (): Command =>
  new Command('rebuild')
    .description('Build the index anew from the documents that are stored in it, without asking their source')
    .option('--fresh', 'embed every passage anew, those too whose vectors are known', false)
    .option('--accept', 'let it take the place of the old one although it has fewer posts', false)
    .addHelpText(
      'after',
      `
Made of the generation that serves, or of the newest other one whose documents are whole; of the rest all may be damaged.
An interrupted run leaves everything as it was; the next one embeds only what is missing.

Examples:
  $ wp-chat index rebuild
  $ wp-chat index rebuild --fresh --json`,
    )
    .action(async (options: RebuildOptions, command: Command) => {
      const { config } = configOf(command);
      const interrupt = new AbortController();
      process.once('SIGINT', () => interrupt.abort());
      process.once('SIGTERM', () => interrupt.abort());
      const progress = percentOn(process.stderr, globalOptions(command).json);
      try {
        const report = await rebuildIndex(
          { config, ...options, threads: availableParallelism() },
          { signal: interrupt.signal, progress: ({ percent, stage }) => progress.show(percent, stage) },
        );
        progress.stop();
        const servedBy = serversOf(config.index.directory);
        print(command, { ...report, servedBy }, () => describe(report, servedBy));
      } catch (error) {
        progress.stop();
        if (!interrupt.signal.aborted) throw error;
        process.stderr.write('Interrupted; nothing has changed, and the same command continues from here\n');
        process.exitCode = EXIT.interrupted;
      }
    });

function describe(report: RebuildReport, servedBy: readonly number[]): string {
  const { generation, from, passedOver, comparison, embedded, seconds } = report;
  const counts = Object.entries(comparison.counts).map(([name, { old, new: now }]) =>
    old === now ? `${now} ${name}` : `${old} to ${now} ${name}`,
  );
  const files = Object.entries(comparison.files).map(([name, state]) => `${name} ${state}`);
  const lines = [
    `Rebuilt the index as generation ${generation} from the documents of ${from} in ${seconds.toFixed(1)} s, ${embedded} passages embedded now`,
    ...passedOver.map(({ generation: damaged, damage }) => `  passed over ${damaged}: ${damage}`),
    `  compared    with ${comparison.with}: ${counts.join(', ')}`,
    `  files       ${files.join(', ')}`,
  ];
  if (servedBy.length > 0)
    lines.push(
      `  serving     process ${servedBy.join(', ')} goes over to it (with index.watchMs 0 when it is asked to: POST /admin/index/swap)`,
    );
  return lines.join('\n');
}
