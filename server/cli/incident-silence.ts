/** Nobody is to be called for a while: `wp-chat incident silence …`. Incidents are noticed, handled and recorded all the same. */
import { Command, Option } from 'commander';
import { INCIDENT_TYPES, SEVERITIES } from '../../ops/index.ts';
import { configOf, print, table } from './command.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';
import { spanSeconds } from './span.ts';

const SILENCE_DAYS_MAX = 30;
const PATH = '/admin/incidents/silences';

interface Silence {
  readonly id: string;
  readonly author: string;
  readonly reason: string;
  readonly types: readonly string[];
  readonly severities: readonly string[];
  readonly components: readonly string[];
  readonly endsAt: string;
}

export const silenceCommand = (): Command =>
  new Command('silence')
    .description('Call nobody about some incidents for a while: planned work, or a fault that is known')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident silence add --for 30m --type high_latency --reason "new index"\n  $ wp-chat incident silence list',
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(endCommand());

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

interface AddOptions extends LiveOptions {
  readonly for: number;
  readonly reason: string;
  readonly type: readonly string[];
  readonly severity: readonly string[];
  readonly component: readonly string[];
}

const addCommand = (): Command =>
  asksServer(new Command('add'))
    .description('Begin one; without --type, --severity or --component it is about every incident')
    .addOption(
      new Option('--for <span>', 'how long, such as 30m')
        .argParser(spanSeconds(SILENCE_DAYS_MAX))
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why; told to whoever asks why nobody was called')
    .addOption(new Option('--type <type...>', 'incidents that it is about').choices(INCIDENT_TYPES).default([]))
    .addOption(new Option('--severity <severity...>', 'severities that it is about').choices(SEVERITIES).default([]))
    .option('--component <name...>', 'components of which one must be affected', [])
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident silence add --for 30m --type high_latency high_error_rate --reason "new index"',
    )
    .action(async (options: AddOptions, command: Command) => {
      const { for: seconds, reason, type, severity, component } = options;
      const minutes = Math.max(1, Math.ceil(seconds / 60));
      const asked = { types: type, severities: severity, components: component, minutes, reason };
      const told = await (await server(options, command)).ask<{ silence: Silence }>('POST', PATH, asked);
      print(command, told, () => `${told.silence.id} is in force until ${told.silence.endsAt}`);
    });

const listCommand = (): Command =>
  asksServer(new Command('list'))
    .description('Silences in force')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident silence list')
    .action(async (options: LiveOptions, command: Command) => {
      const told = await (await server(options, command)).ask<{ silences: readonly Silence[] }>('GET', PATH);
      print(command, told, () => listText(told.silences));
    });

const endCommand = (): Command =>
  asksServer(new Command('end'))
    .description('End one before its time')
    .argument('<id>', 'as silence list shows it')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident silence end silence-3')
    .action(async (id: string, options: LiveOptions, command: Command) => {
      const told = await (await server(options, command)).ask<{ ended: string }>('DELETE', PATH, { id });
      print(command, told, () => `${told.ended} is over: people are called again`);
    });

function listText(silences: readonly Silence[]): string {
  if (silences.length === 0) return 'No silence is in force';
  const rows = silences.map(({ id, endsAt, author, types, severities, components, reason }) => [
    ...[id, endsAt, author],
    [types, severities, components]
      .map((names) => names.join(','))
      .filter((names) => names !== '')
      .join('; ') || 'all',
    reason,
  ]);
  return table([['ID', 'UNTIL', 'BY', 'ABOUT', 'WHY'], ...rows]);
}
