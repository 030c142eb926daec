/** A running server is kept as a WordPress site is, with nothing installed there. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { credentialsFromEnv, openSource, type Source } from '../../engine/source/index.ts';
import { lockIndex } from '../../engine/store/index.ts';
import type { Config } from '../config/index.ts';
import { namesIn } from '../sync/index.ts';
import { type BulkLine, type BulkOutcome, piecesOf, sendPiece } from './bulk.ts';
import { configOf, EXIT, globalOptions } from './command.ts';
import { asksServer, type LiveOptions, liveServer } from './live.ts';
import { progressOn } from './progress.ts';
import { spanMsOf } from './span.ts';
import { type RoundReport, syncRound } from './sync/round.ts';
import { SyncState } from './sync/state.ts';
import { watchRounds } from './sync/watch.ts';

interface SyncOptions extends LiveOptions {
  readonly from?: string;
  readonly watch: boolean;
  readonly interval: number;
  readonly wholeEvery: number;
  readonly types?: string;
  readonly allowPrivateHost: readonly string[];
  readonly anew: boolean;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const INTERVAL_DAYS_MAX = 1;

export const syncCommand = (): Command =>
  asksServer(new Command('sync'))
    .description(
      'Send what changed on a WordPress site to the running server; needs nothing on the site but its REST API',
    )
    .option('--from <site>', 'https://site (default: sync.site)')
    .option('--watch', 'again and again, until it is stopped', false)
    .addOption(
      new Option('--interval <span>', 'from one look at the site to the next, such as 30s')
        .argParser((text) => spanMsOf(text, INTERVAL_DAYS_MAX))
        .default(30_000, '30s'),
    )
    .option(
      '--whole-every <looks>',
      'each so many looks lists all posts, so that deleted ones are noticed',
      wholeNumber,
      10,
    )
    .option('--types <names>', 'WordPress post types, separated by commas (default: sync.types)')
    .option('--allow-private-host <host>', 'a host on a private network that may be read; may be repeated', collect, [])
    .option('--anew', 'forget what was seen before: every post is sent again', false)
    .addHelpText(
      'after',
      `
What it has seen is kept in sync.directory, so that it goes on where it was. The first time every post is
sent; the server writes those that it has not as they are, so an index that was built from the site stays as it is.
A protected site: set WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD (an application password).

Examples:
  $ wp-chat sync --from https://blog.example.com
  $ wp-chat sync --from https://blog.example.com --watch --interval 30s`,
    )
    .action(run);

async function run(options: SyncOptions, command: Command): Promise<void> {
  const { config } = configOf(command);
  const { json } = globalOptions(command);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const { signal } = interrupt;
  const looking = { whole: true };
  const source = sourceOf(config, options, { signal, looking });
  const folder = join(config.sync.directory, nameOf(source.from));
  const file = join(folder, 'state.json');
  const unlock = alone(folder, source.from);
  try {
    if (options.anew) SyncState.begin(file, source.from);
    const progress = progressOn(process.stderr, json);
    const round = async (whole: boolean): Promise<RoundReport> => {
      looking.whole = whole;
      const live = await liveServer(config, options, 'operators');
      return await syncRound({
        source,
        state: SyncState.open(file, source.from),
        send: (lines) => sentIn(lines, (piece) => sendPiece(piece, { live, signal }), config),
        onEvent: (event) => progress.source(event),
        nowMs: () => Date.now(),
      });
    };
    if (options.watch)
      await watchRounds({
        round,
        intervalMs: options.interval,
        wholeEvery: options.wholeEvery,
        signal,
        pause: (ms) => sleep(ms, null, { signal }).catch(() => {}),
        random: Math.random,
        done: (report, first) => (first || didSomething(report)) && tell(command, report),
        failed: (error, waitMs) => warn(error, waitMs, json),
      });
    else tell(command, await round(true));
    progress.stop();
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    unlock();
  }
}

function sourceOf(
  config: Config,
  { from = config.sync.site, types = config.sync.types, allowPrivateHost }: SyncOptions,
  { signal, looking }: { signal: AbortSignal; looking: { readonly whole: boolean } },
): Source {
  const source =
    from === ''
      ? null
      : openSource(from, {
          types: namesIn(types),
          allowPrivateHosts: [...namesIn(config.sync.allowPrivateHosts), ...allowPrivateHost],
          credentials: credentialsFromEnv(process.env),
          signal,
          limits: config.source,
          comparesIds: () => looking.whole,
        });
  if (source?.kind === 'wordpress') return source;
  throw new EngineError(
    'request_invalid',
    `Cannot sync with what is no site: ${from === '' ? 'none is named' : from}`,
    {
      field: 'from',
      value: from,
      expected: 'the address of a WordPress site, https://…',
      remedy: 'Name it with --from or sync.site; a file is sent with wp-chat documents bulk',
    },
  );
}

/** Two would each remember what the other did not. @throws EngineError index_busy */
function alone(folder: string, from: string): () => void {
  try {
    return lockIndex(folder);
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'index_busy')) throw error;
    const { value, ...place } = error.place;
    throw new EngineError('index_busy', `Cannot sync: process ${value} follows this site already: ${from}`, {
      ...place,
      value,
    });
  }
}

/** One folder a site, whatever its address holds. */
const nameOf = (from: string): string =>
  `${new URL(from).hostname.replaceAll(/[^\w.-]/g, '_')}-${createHash('sha256').update(from).digest('hex').slice(0, 8)}`;

async function sentIn(
  lines: readonly BulkLine[],
  send: (piece: readonly BulkLine[]) => Promise<BulkOutcome[]>,
  { server }: Config,
): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = [];
  for await (const piece of piecesOf(lines, server.documents)) outcomes.push(...(await send(piece)));
  return outcomes;
}

const didSomething = ({ added, changed, deleted, rejected }: RoundReport): boolean =>
  added + changed + deleted + rejected > 0;

/** One line a round, so that --json gives JSON lines. */
function tell(command: Command, report: RoundReport): void {
  const { added, changed, unchanged, deleted, rejected } = report;
  const at = new Date().toISOString();
  process.stdout.write(
    globalOptions(command).json
      ? `${JSON.stringify({ at, ...report })}\n`
      : `${at} ${added} new, ${changed} changed, ${unchanged} unchanged, ${deleted} deleted, ${rejected} rejected\n`,
  );
}

function warn({ code, message, place }: EngineError, waitMs: number, json: boolean): void {
  const againS = Math.round(waitMs / 1000);
  process.stderr.write(
    json
      ? `${JSON.stringify({ code, detail: message, ...place, againS })}\n`
      : `${message}; again in ${againS} s${place.remedy === undefined ? '' : `\n${place.remedy}`}\n`,
  );
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(text);
}
