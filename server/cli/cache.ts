import { Command, Option } from 'commander';
import { configOf, print, table } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';
import { spanSeconds } from './span.ts';

const DISABLED_DAYS_MAX = 7;

/** What the actions answer. */
interface CacheAnswer {
  readonly message: string;
  readonly enabled: boolean;
  readonly entries: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** What `GET /stats/cache` answers. */
interface CacheStatus extends Omit<CacheAnswer, 'message'> {
  readonly enabledAgainAt: string | null;
  readonly windows: Readonly<Record<string, { readonly lookups: number; readonly hitPercent: number | null }>>;
  readonly evictions: number;
  readonly errors: number;
}

export const cacheCommand = (): Command =>
  new Command('cache')
    .description('The cache of answers of the running server: how it does, forgotten, off and on again')
    .addHelpText('after', '\nExample:\n  $ wp-chat cache status\n  $ wp-chat cache clear --yes')
    .addCommand(statusCommand())
    .addCommand(clearCommand())
    .addCommand(enableCommand())
    .addCommand(disableCommand());

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description('Hit rate over a minute, ten and an hour, and what is kept')
    .addHelpText('after', '\nExample:\n  $ wp-chat cache status --json')
    .action(async (options: LiveOptions, command: Command) => {
      const status = await (await server(options, command)).ask<CacheStatus>('GET', '/stats/cache');
      print(command, status, () => statusText(status));
    });

const clearCommand = (): Command =>
  asksServer(new Command('clear'))
    .description('Forget all answers: each is computed anew when it is asked for')
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat cache clear --yes')
    .action(async (options: LiveOptions & { yes: boolean }, command: Command) => {
      const live = await server(options, command);
      if (
        !(await confirmed(
          command,
          `Forget all cached answers of ${live.url}? Queries get slower until they are back.`,
          options.yes,
        ))
      )
        return;
      const answer = await live.ask<CacheAnswer & { cleared: number }>('POST', '/admin/cache/clear', {});
      print(command, answer, () => `${answer.message}: ${answer.cleared} answers`);
    });

const enableCommand = (): Command =>
  asksServer(new Command('enable'))
    .description('Answer from the cache again')
    .addHelpText('after', '\nExample:\n  $ wp-chat cache enable')
    .action(async (options: LiveOptions, command: Command) => {
      const answer = await (await server(options, command)).ask<CacheAnswer>('POST', '/admin/cache/enable', {});
      print(command, answer, () => answer.message);
    });

const disableCommand = (): Command =>
  asksServer(new Command('disable'))
    .description('Answer nothing from the cache, for a while or until it is enabled')
    .addOption(
      new Option('--for <span>', 'then it is on again, such as 10m (default: until enabled)').argParser(
        spanSeconds(DISABLED_DAYS_MAX),
      ),
    )
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat cache disable --for 10m --yes')
    .action(async (options: LiveOptions & { for?: number; yes: boolean }, command: Command) => {
      const live = await server(options, command);
      if (!(await confirmed(command, `Compute every answer of ${live.url} anew? Queries get slower.`, options.yes)))
        return;
      const body = options.for === undefined ? {} : { expires_seconds: options.for };
      const answer = await live.ask<CacheAnswer>('POST', '/admin/cache/disable', body);
      print(command, answer, () => answer.message);
    });

function statusText({
  enabled,
  enabledAgainAt,
  entries,
  bytes,
  bytesMax,
  windows,
  evictions,
  errors,
}: CacheStatus): string {
  const mebibytes = (value: number): string => (value / 2 ** 20).toFixed(1);
  const state = enabled ? 'on' : `off${enabledAgainAt === null ? '' : ` until ${enabledAgainAt}`}`;
  const rows = Object.entries(windows).map(([name, { lookups, hitPercent }]) => [
    name,
    String(lookups),
    hitPercent === null ? '–' : `${hitPercent.toFixed(1)} %`,
  ]);
  return [
    `Cache ${state}: ${entries} answers, ${mebibytes(bytes)} of ${mebibytes(bytesMax)} MiB, ${evictions} made way, ${errors} errors`,
    table([['LAST', 'LOOK-UPS', 'HITS'], ...rows]),
  ].join('\n\n');
}
