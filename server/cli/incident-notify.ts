/** Are those who must hear of incidents reached? `wp-chat incident notify …` */
import { Command } from 'commander';
import { configOf, EXIT, print, table } from './command.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';

/** What `GET /admin/notify` answers. */
interface NotifyStatus {
  readonly channels: readonly {
    readonly name: string;
    readonly kind: string;
    readonly waiting: number;
    readonly delivered: number;
    readonly failed: number;
    readonly fault: string | null;
  }[];
  readonly deadLetters: readonly {
    readonly seq: number;
    readonly channel: string;
    readonly givenUpAt: string;
    readonly reason: string;
    readonly title: string;
  }[];
  readonly silences: readonly unknown[];
  readonly callsLastHour: number;
  readonly callsPerHourMax: number;
  readonly fault: string | null;
}

interface TestResult {
  readonly channel: string;
  readonly kind: string;
  readonly delivered: boolean;
  readonly reason: string | null;
  readonly tookMs: number;
}

export const notifyCommand = (): Command =>
  new Command('notify')
    .description('Who is told of incidents: whether the channels work, and what could not be delivered')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident notify status\n  $ wp-chat incident notify test pager')
    .addCommand(statusCommand())
    .addCommand(testCommand())
    .addCommand(retryCommand());

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description(
      'Each channel with what waits and what failed, dead letters, and the budget of calls; exit code 1 where a channel fails',
    )
    .addHelpText('after', '\nExample:\n  $ wp-chat incident notify status --json')
    .action(async (options: LiveOptions, command: Command) => {
      const status = await (await server(options, command)).ask<NotifyStatus>('GET', '/admin/notify');
      print(command, status, () => statusText(status));
      if (status.fault !== null || status.channels.some(({ fault }) => fault !== null)) process.exitCode = EXIT.failed;
    });

const testCommand = (): Command =>
  asksServer(new Command('test'))
    .description('Send a test through a channel now; exit code 1 where it was not taken')
    .argument('<channel>', 'as incidents.notify.channels names it')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident notify test pager')
    .action(async (channel: string, options: LiveOptions, command: Command) => {
      const told = await (await server(options, command)).ask<TestResult>('POST', '/admin/notify/test', { channel });
      const { kind, delivered, reason, tookMs } = told;
      print(command, told, () =>
        delivered
          ? `${channel} (${kind}) took it within ${Math.round(tookMs)} ms`
          : `${channel} (${kind}) did not take it: ${reason}`,
      );
      if (!delivered) process.exitCode = EXIT.failed;
    });

const retryCommand = (): Command =>
  asksServer(new Command('retry'))
    .description('Try again to deliver what was given up')
    .argument('<seq>', 'as notify status shows it')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident notify retry 12')
    .action(async (seq: string, options: LiveOptions, command: Command) => {
      const path = `/admin/notify/dead-letters/${encodeURIComponent(seq)}/retry`;
      const told = await (await server(options, command)).ask<{ retried: number }>('POST', path, {});
      print(command, told, () => `${told.retried} waits to be delivered again`);
    });

function statusText(status: NotifyStatus): string {
  const { channels, deadLetters, silences, callsLastHour, callsPerHourMax, fault } = status;
  const rows = channels.map(({ name, kind, waiting, delivered, failed, fault: why }) => [
    ...[name, kind, String(waiting), String(delivered), String(failed)],
    why ?? 'works',
  ]);
  const letters = deadLetters.map(({ seq, channel, givenUpAt, title, reason }) => [
    ...[String(seq), channel, givenUpAt, title],
    reason,
  ]);
  return [
    channels.length === 0
      ? 'Nobody is told: there is no channel. See incidents.notify.channels'
      : table([['CHANNEL', 'KIND', 'WAITING', 'DELIVERED', 'FAILED', 'STATE'], ...rows]),
    `${callsLastHour} of ${callsPerHourMax} calls of this hour, ${silences.length} silences in force`,
    ...(fault === null ? [] : [`What waits is not on the disk: ${fault}`]),
    ...(letters.length === 0 ? [] : [table([['SEQ', 'CHANNEL', 'GIVEN UP', 'NOTICE', 'WHY'], ...letters])]),
  ].join('\n\n');
}
