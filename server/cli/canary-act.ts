/** How an act on experiments is asked of a server, or, where it can be, done on the files of one that does not answer. */
import type { Command } from 'commander';
import { CanaryOffline } from '../canary/index.ts';
import type { Done } from './canary-text.ts';
import { configOf, print } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer, liveServerIfAny, serverUrl } from './live.ts';

export interface ActOptions extends LiveOptions {
  readonly experiment?: string;
  readonly reason?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

export const acts = (command: Command): Command =>
  asksServer(command)
    .option('--experiment <name>', 'which (default: rerank)')
    .option('--reason <text>', 'kept beside what was done')
    .option('--dry-run', 'only say what would be so', false)
    .addOption(yesOption());

export const experimentOf = ({ experiment }: ActOptions): object => (experiment === undefined ? {} : { experiment });

interface Acting {
  readonly action: string;
  /** Null where nobody loses or gets anything by it. */
  readonly question: string | null;
  readonly body: object;
  /** What it is on the files of a server that does not answer; undefined where it needs one. */
  readonly offline?: Parameters<CanaryOffline['act']>[0];
}

export async function act(
  command: Command,
  options: ActOptions,
  { action, question, body, offline }: Acting,
): Promise<void> {
  const { config } = configOf(command);
  const live =
    offline === undefined ? await server(options, command) : await liveServerIfAny(config, options, 'operators');
  const { reason, dryRun, yes } = options;
  const place = live === null ? config.canary.directory : live.url;
  if (question !== null && !dryRun && !(await confirmed(command, `${question} At ${place}.`, yes))) return;
  if (live === null) {
    const files = new CanaryOffline(config.canary);
    const done = files.act(offline!, reason ?? '', dryRun);
    const what = dryRun ? 'Nothing is changed. It would be in' : 'It is in';
    const message = `No server answers at ${serverUrl(config, 'operators')}. ${what} ${files.path}, and holds from the next start; a server that runs and does not answer goes on as it was`;
    return print(command, { source: 'file', message, ...done }, () => message);
  }
  const done = await live.ask<Done>('POST', `/admin/canary/${action}`, {
    ...body,
    ...(reason === undefined ? {} : { reason }),
    // What stops everything has no rehearsal.
    ...(dryRun ? { dry_run: true } : {}),
  });
  print(
    command,
    done,
    () => `${done.message}${done.kept ? '' : '\nIt could not be kept on the disk: it ends with the process'}`,
  );
}
