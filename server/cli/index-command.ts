import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { buildGeneration, openBuildModels } from '../../engine/build/index.ts';
import { systemClock } from '../../engine/clock.ts';
import {
  credentialsFromEnv,
  openSource,
  PostStore,
  type SourceEvent,
  type SyncReport,
  syncSource,
} from '../../engine/source/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { Config } from '../config/index.ts';
import { openEmbedPool } from '../pool/index.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { type Progress, progressOn } from './progress.ts';

interface IndexOptions {
  readonly from: string;
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
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export const indexCommand = (): Command =>
  new Command('index')
    .description('Read a source and build an index from it; run it again to bring the index up to date')
    .requiredOption(
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
    .action(async (options: IndexOptions, command: Command) => {
      const { config } = configOf(command);
      const into =
        options.into === undefined ? config : { ...config, index: { ...config.index, directory: options.into } };
      const interrupt = new AbortController();
      process.once('SIGINT', () => interrupt.abort());
      process.once('SIGTERM', () => interrupt.abort());
      const progress = progressOn(process.stderr, globalOptions(command).json);
      try {
        const summary = await runIndex(into, options, { progress, signal: interrupt.signal });
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
  options: IndexOptions,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<IndexSummary> {
  const startedMs = Date.now();
  const models = await openBuildModels(config);
  const source = openSource(options.from, {
    ...(options.types === undefined ? {} : { types: options.types.split(',').map((type) => type.trim()) }),
    allowPrivateHosts: options.allowPrivateHost,
    credentials: credentialsFromEnv(process.env),
    signal,
    limits: config.source,
  });
  const folder = join(config.index.directory, 'source');
  if (options.replace) rmSync(folder, { recursive: true, force: true });
  const store = PostStore.open(folder, source.from);
  const pool =
    models.embedder === null
      ? null
      : openEmbedPool(config.models.directory, config.models.embedder, availableParallelism());
  try {
    const sync = await syncSource(source, store, (event) => progress.source(event as SourceEvent));
    let embedded = 0;
    const manifest = await buildGeneration(
      { config, models, source: source.from, posts: store.posts(), postsTotal: store.size },
      {
        embed: (texts) => pool!.embed(texts),
        embedParallel: pool?.workers ?? 1,
        clock: systemClock,
        progress: (state) => {
          embedded = Math.max(embedded, state.embedded);
          progress.build(state);
        },
        signal,
      },
    );
    return {
      generation: manifest.generation,
      source: source.from,
      sync,
      counts: manifest.counts,
      language: manifest.analysis.language,
      bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
      embedded,
      seconds: (Date.now() - startedMs) / 1000,
    };
  } finally {
    await pool?.close();
    store.close();
  }
}

function describe(
  { generation, sync, counts, language, bytes, embedded, seconds }: IndexSummary,
  directory: string,
): string {
  const lines = [
    `Indexed ${counts.posts} posts in ${counts.passages} passages (${counts.vectors} with vectors, ${embedded} embedded now) in ${seconds.toFixed(1)} s`,
    `  posts       ${sync.added} new, ${sync.changed} changed, ${sync.unchanged} unchanged, ${sync.deleted} deleted, ${sync.rejected} rejected`,
    `  language    ${language}`,
    `  terms       ${counts.terms} in ${counts.postings} postings`,
    `  generation  ${generation}, ${(bytes / 2 ** 20).toFixed(1)} MiB in ${directory}`,
  ];
  return lines.join('\n');
}
