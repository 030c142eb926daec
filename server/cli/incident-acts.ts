import { Argument, Command } from 'commander';
import { INCIDENT_TYPES, SEVERITIES } from '../../ops/index.ts';
import type { ToldIncident } from '../incidents/index.ts';
import { configOf, print } from './command.ts';
import { incidentsTable } from './incident-text.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';

interface Said {
  readonly message: string;
  readonly incident: ToldIncident;
  readonly durable: boolean;
}

export const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

const KEPT = '\nThe disk has not taken it: it counts, and is lost if the server dies before';

function say(command: Command, said: Said): void {
  const { incident_id: id, severity, state, version } = said.incident;
  print(command, said, () => {
    const now = `${said.message}: ${severity}, ${state}, version ${version}`;
    return `${now}${said.durable ? '' : KEPT}\nWhat may be done: wp-chat incident procedures ${id}`;
  });
}

interface DetectOptions extends LiveOptions {
  readonly description: string;
  readonly components?: readonly string[];
  readonly assignedTo?: string;
}

export const detectCommand = (): Command =>
  asksServer(new Command('detect'))
    .description('Report an incident that somebody has seen')
    .addArgument(new Argument('<type>', 'which of the eight of the runbook').choices(INCIDENT_TYPES))
    .addArgument(
      new Argument('[severity]', "how bad it is (default: as in the runbook's quick reference)").choices(SEVERITIES),
    )
    .option('--description <text>', 'what was seen', '')
    .option('--components <names...>', 'what it concerns (default: what such an incident usually concerns)')
    .option('--assigned-to <name>', 'who reports it, beside the key')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident detect high_latency high --description "Search takes seconds"',
    )
    .action(async (type: string, severity: string | undefined, options: DetectOptions, command: Command) => {
      const { description, components = [], assignedTo } = options;
      const said = await (await server(options, command)).ask<Said>('POST', '/admin/incidents/detect', {
        incident_type: type,
        ...(severity === undefined ? {} : { severity }),
        ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
        description,
        affected_components: components,
      });
      say(command, said);
    });

interface AutoDetected {
  readonly message: string;
  readonly incidents: readonly ToldIncident[];
  readonly level: {
    readonly requests: number;
    readonly success_percent: number | null;
    readonly p95_latency_ms: number | null;
  };
}

export const autoDetectCommand = (): Command =>
  asksServer(new Command('auto-detect'))
    .description('Ask the objectives whether there is an incident: the last five minutes, and budgets that burn')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident auto-detect')
    .action(async (options: LiveOptions, command: Command) => {
      const answer = await (await server(options, command)).ask<AutoDetected>(
        'POST',
        '/admin/incidents/auto-detect',
        {},
      );
      const { message, incidents, level } = answer;
      const { requests, success_percent: success, p95_latency_ms: p95 } = level;
      const seen =
        success === null
          ? `Of the last five minutes there are too few requests to judge by: ${requests}`
          : `Of the last five minutes: ${requests} requests, ${success.toFixed(2)} % succeeded, p95 ${p95 === null ? '–' : p95.toFixed(0)} ms`;
      print(command, answer, () =>
        [message, seen, ...(incidents.length === 0 ? [] : [`\n${incidentsTable(incidents)}`])].join('\n'),
      );
    });

interface ActOptions extends LiveOptions {
  readonly assignedTo?: string;
  readonly expectedVersion?: string;
}

const acts = (name: string): Command =>
  asksServer(new Command(name))
    .argument('<incident>', 'its id')
    .option('--assigned-to <name>', 'who does it, beside the key')
    .option('--expected-version <n>', 'only if it is still as it was seen');

async function act(
  command: Command,
  id: string,
  options: ActOptions,
  asked: { action: string; body: object },
): Promise<void> {
  const { assignedTo, expectedVersion } = options;
  const path = `/admin/incidents/${encodeURIComponent(id)}/${asked.action}`;
  const said = await (await server(options, command)).ask<Said>('POST', path, {
    ...asked.body,
    ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
    ...(expectedVersion === undefined ? {} : { expected_version: expectedVersion }),
  });
  say(command, said);
}

export const acknowledgeCommand = (): Command =>
  acts('acknowledge')
    .description('Take it: nobody else is called for now, and the machine leaves it to you')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident acknowledge 01J9ZQ4X7T8W2M6K3N5P0R1S2V --assigned-to ada')
    .action((id: string, options: ActOptions, command: Command) =>
      act(command, id, options, { action: 'acknowledge', body: {} }),
    );

export const resolveCommand = (): Command =>
  acts('resolve')
    .description('Say that it is over')
    .option('--notes <text>', 'what was done, or why it is over', '')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident resolve 01J9ZQ4X7T8W2M6K3N5P0R1S2V --notes "Fixed by restart"',
    )
    .action((id: string, options: ActOptions & { notes: string }, command: Command) =>
      act(command, id, options, { action: 'resolve', body: { notes: options.notes } }),
    );

export const noteCommand = (): Command =>
  acts('note')
    .description('Add to its timeline')
    .argument('<text>', 'what is to be known')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident note 01J9ZQ4X7T8W2M6K3N5P0R1S2V "The provider is told"')
    .action((id: string, text: string, options: ActOptions, command: Command) =>
      act(command, id, options, { action: 'note', body: { text } }),
    );
