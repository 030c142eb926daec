import { Command, InvalidArgumentError, Option } from 'commander';
import { configOf, print } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';
import {
  type Adjusted,
  adjustedText,
  type BlockStatus,
  type LimitStatus,
  type PolicyStatus,
  policyText,
  previewText,
  statusText,
} from './ratelimit-text.ts';
import { spanSeconds } from './span.ts';

const EXPIRY_DAYS_MAX = 31;
const WINDOW_DAYS_MAX = 1;

export const ratelimitCommand = (): Command =>
  new Command('ratelimit')
    .description('Limits and blocks of the running server: who asks most, another limit for a while, who is kept out')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat ratelimit status\n  $ wp-chat ratelimit adjust --max-requests 10 --window 1h --preview',
    )
    .addCommand(statusCommand())
    .addCommand(adjustCommand())
    .addCommand(resetCommand())
    .addCommand(blockCommand())
    .addCommand(unblockCommand());

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description('The limit in force, what it refused, the busiest clients, and who is blocked')
    .addHelpText('after', '\nExample:\n  $ wp-chat ratelimit status --json')
    .action(async (options: LiveOptions, command: Command) => {
      const status = await (await server(options, command)).ask<LimitStatus>('GET', '/stats/rate-limit');
      print(command, status, () => statusText(status));
    });

interface AdjustOptions extends LiveOptions {
  readonly maxRequests: number;
  readonly window: number;
  readonly burst?: number;
  readonly for?: number;
  readonly preview: boolean;
  readonly yes: boolean;
}

const adjustCommand = (): Command =>
  asksServer(new Command('adjust'))
    .description('Set another limit for a while; shows first whom it would have refused in the last five minutes')
    .requiredOption('--max-requests <number>', 'queries a client may ask in a window, on average', wholeNumber)
    .addOption(
      new Option('--window <span>', 'length of the window, such as 1h')
        .argParser(spanSeconds(WINDOW_DAYS_MAX))
        .makeOptionMandatory(),
    )
    .option('--burst <number>', 'queries at once, after a rest (default: --max-requests)', wholeNumber)
    .addOption(
      new Option('--for <span>', 'then the configured limit is back (default: 15m)').argParser(
        spanSeconds(EXPIRY_DAYS_MAX),
      ),
    )
    .option('--preview', 'only say whom it would have refused', false)
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat ratelimit adjust --max-requests 10 --window 1h --for 30m --yes')
    .action(async (options: AdjustOptions, command: Command) => {
      const live = await server(options, command);
      const terms = {
        max_requests: options.maxRequests,
        window_seconds: options.window,
        ...(options.burst === undefined ? {} : { burst: options.burst }),
        ...(options.for === undefined ? {} : { expires_seconds: options.for }),
      };
      const adjust = (preview: boolean): Promise<Adjusted> =>
        live.ask<Adjusted>('POST', '/admin/rate-limit/adjust', { ...terms, preview });
      if (options.preview) {
        const told = await adjust(true);
        print(command, told, () => previewText(told.preview));
        return;
      }
      if (!options.yes) {
        const { preview } = await adjust(true);
        if (!(await confirmed(command, `${previewText(preview)}\nSet this limit?`, false))) return;
      }
      const adjusted = await adjust(false);
      print(command, adjusted, () => adjustedText(adjusted));
    });

const resetCommand = (): Command =>
  asksServer(new Command('reset'))
    .description('The configured limit again, and everyone as new')
    .addHelpText('after', '\nExample:\n  $ wp-chat ratelimit reset')
    .action(async (options: LiveOptions, command: Command) => {
      const live = await server(options, command);
      const answer = await live.ask<{ policy: PolicyStatus }>('POST', '/admin/rate-limit/reset', {});
      print(command, answer, () => policyText(answer.policy));
    });

const blockCommand = (): Command =>
  asksServer(new Command('block'))
    .description('Keep an address or a range out, everywhere but from health')
    .argument('<address>', 'such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48')
    .addOption(
      new Option('--for <span>', 'then it is let in again (default: 1h)').argParser(spanSeconds(EXPIRY_DAYS_MAX)),
    )
    .option('--reason <text>', 'shown beside the block')
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat ratelimit block 203.0.113.0/24 --for 1h --reason flood --yes')
    .action(
      async (
        address: string,
        options: LiveOptions & { for?: number; reason?: string; yes: boolean },
        command: Command,
      ) => {
        const live = await server(options, command);
        if (!(await confirmed(command, `Answer nothing more to ${address}, at ${live.url}?`, options.yes))) return;
        const answer = await live.ask<{ block: BlockStatus }>('POST', '/admin/rate-limit/block', {
          address,
          ...(options.for === undefined ? {} : { expires_seconds: options.for }),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        });
        print(command, answer, () => `Blocked ${answer.block.address} until ${answer.block.until}`);
      },
    );

const unblockCommand = (): Command =>
  asksServer(new Command('unblock'))
    .description('Let in again who was blocked')
    .argument('<address>', 'as ratelimit status shows it')
    .addHelpText('after', '\nExample:\n  $ wp-chat ratelimit unblock 203.0.113.0/24')
    .action(async (address: string, options: LiveOptions, command: Command) => {
      const live = await server(options, command);
      const answer = await live.ask<{ removed: boolean; address: string }>('DELETE', '/admin/rate-limit/block', {
        address,
      });
      print(command, answer, () =>
        answer.removed ? `${answer.address} is let in again` : `There was no block of ${answer.address}`,
      );
    });

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(text);
}
