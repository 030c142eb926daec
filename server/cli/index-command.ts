import { Command } from 'commander';
import { credentialsFromEnv, openSource, type SyncReport } from '../../engine/source/index.ts';
import { type Manifest, serversOf } from '../../engine/store/index.ts';
import type { Config } from '../config/index.ts';
import { indexSource } from '../index-source.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { indexRebuildCommand } from './index-rebuild.ts';
import { indexStatusCommand } from './index-status.ts';
import { indexSwapCommand } from './index-swap.ts';
import { indexVerifyCommand } from './index-verify.ts';
import { type Progress, progressOn } from './progress.ts';

interface IndexOptions {
  readonly from?: string;
  readonly into?: string;
  readonly types?: string;
  readonly allowPrivateHost: readonly string[];
  readonly replace: boolean;
}

export interface IndexSummary {
  readonly generation: string;
  readonly source: string;
  readonly sync: SyncReport;
  readonly counts: Manifest['counts'];
  readonly language: string;
  readonly bytes: number;
  readonly embedded: number;
  readonly seconds: number;
  /** Processes that serve this index: they go over to the new generation by themselves. */
  readonly servedBy: readonly number[];
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export const indexCommand = (): Command =>
  new Command('index')
    .description('Read a source and build an index from it; run it again to bring the index up to date')
    .option(
      '--from <source>',
      "https://site, an export (.xml, .xml.gz), posts as JSON lines (.jsonl, .jsonl.gz), or '-'",
    )
    .option('--into <directory>', 'folder of the index (index.directory)')
    .option('--types <names>', 'WordPress post types, separated by commas (default: post,page)')
    .option('--allow-private-host <host>', 'a host on a private network that may be read; may be repeated', collect, [])
    .option('--replace', 'forget what another source left in the folder', false)
    .addHelpText(
      'after',
      `
An interrupted run continues where it was when the same command is given again.
A protected site: set WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD (an application password).

Examples:
  $ wp-chat index --from https://blog.example.com --into data/index
  $ wp-chat index --from export.xml.gz
  $ zcat posts.jsonl.gz | wp-chat index --from -`,
    )
    .addCommand(indexStatusCommand())
    .addCommand(indexVerifyCommand())
    .addCommand(indexSwapCommand())
    .addCommand(indexRebuildCommand())
    .action(async (options: IndexOptions, command: Command) => {
      // Not a required option: commander would ask the subcommands for it too.
      if (options.from === undefined)
        command.error("error: required option '--from <source>' not specified", {
          code: 'commander.missingMandatoryOptionValue',
        });
      const { config } = configOf(command);
      const into =
        options.into === undefined ? config : { ...config, index: { ...config.index, directory: options.into } };
      const interrupt = new AbortController();
      process.once('SIGINT', () => interrupt.abort());
      process.once('SIGTERM', () => interrupt.abort());
      const progress = progressOn(process.stderr, globalOptions(command).json);
      try {
        const summary = await runIndex(
          into,
          { ...options, from: options.from },
          { progress, signal: interrupt.signal },
        );
        progress.stop();
        print(command, summary, () => describe(summary, into.index.directory));
      } catch (error) {
        progress.stop();
        if (!interrupt.signal.aborted) throw error;
        process.stderr.write('Interrupted; the same command continues from here\n');
        process.exitCode = EXIT.interrupted;
      }
    });

async function runIndex(
  config: Config,
  { from, types, allowPrivateHost, replace }: IndexOptions & { from: string },
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<IndexSummary> {
  const startedMs = Date.now();
  const source = openSource(from, {
    ...(types === undefined ? {} : { types: types.split(',').map((type) => type.trim()) }),
    allowPrivateHosts: allowPrivateHost,
    credentials: credentialsFromEnv(process.env),
    signal,
    limits: config.source,
  });
  const { manifest, sync, embedded } = await indexSource({
    config,
    source,
    replace,
    signal,
    onSource: (event) => progress.source(event),
    onBuild: (state) => progress.build(state),
  });
  return {
    generation: manifest.generation,
    source: source.from,
    sync,
    counts: manifest.counts,
    language: manifest.analysis.language,
    bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
    embedded,
    seconds: (Date.now() - startedMs) / 1000,
    servedBy: serversOf(config.index.directory),
  };
}

function describe(
  { generation, sync, counts, language, bytes, embedded, seconds, servedBy }: IndexSummary,
  directory: string,
): string {
  const lines = [
    `Indexed ${counts.posts} posts in ${counts.passages} passages (${counts.vectors} with vectors, ${embedded} embedded now) in ${seconds.toFixed(1)} s`,
    `  posts       ${sync.added} new, ${sync.changed} changed, ${sync.unchanged} unchanged, ${sync.deleted} deleted, ${sync.rejected} rejected, ${sync.repaired} repaired`,
    `  language    ${language}`,
    `  terms       ${counts.terms} in ${counts.postings} postings`,
    `  generation  ${generation}, ${(bytes / 2 ** 20).toFixed(1)} MiB in ${directory}`,
  ];
  if (servedBy.length > 0)
    lines.push(
      `  serving     process ${servedBy.join(', ')} goes over to it (with index.watchMs 0 when it is asked to: POST /admin/index/swap)`,
    );
  return lines.join('\n');
}
