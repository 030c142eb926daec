import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import {
  type Postmortem,
  postmortemHtml,
  postmortemMarkdown,
  postmortemOf,
  timelineOf,
} from '../../ops/incidents/index.ts';
import type { Config } from '../config/index.ts';
import { statusTold, toldOf } from '../incidents/index.ts';
import { configOf, EXIT, print } from './command.ts';
import { leftRecord } from './incident-record.ts';
import { incidentsTable, incidentText, type StatusTold, statusText, type TimelineTold } from './incident-text.ts';
import { asksServer, type LiveOptions, liveServerIfAny, serverUrl } from './live.ts';

interface Source {
  readonly source: 'server' | 'file';
}

/** What the server answers, or the record that a dead one left says. */
async function seen<Told extends object>(
  config: Config,
  options: LiveOptions,
  path: string,
  left: (config: Config) => Told,
): Promise<Told & Source> {
  const live = await liveServerIfAny(config, options, 'operators');
  if (live === null) return { source: 'file', ...left(config) };
  return { source: 'server', ...(await live.ask<Told>('GET', path)) };
}

const told = ({ source }: Source, config: Config, text: string): string =>
  source === 'server' ? text : `Nobody answers at ${serverUrl(config, 'operators')}: from the record\n\n${text}`;

const checkOption = (): Option => new Option('--check', 'exit code 1 while an incident is active').default(false);

interface LookOptions extends LiveOptions {
  readonly check: boolean;
}

export const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description('How many incidents there are, and which; of a dead server, from its record')
    .addOption(checkOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat incident status\n  $ wp-chat incident status --check --json')
    .action(async (options: LookOptions, command: Command) => {
      const { config } = configOf(command);
      const status = await seen<StatusTold>(config, options, '/admin/incidents/status', (from) => {
        const { active, recent, path, damagedLines } = leftRecord(from, Date.now());
        return { ...statusTold(active, recent), record: { path, damaged_lines: damagedLines } };
      });
      print(command, status, () => told(status, config, statusText(status)));
      if (options.check && status.active_incidents > 0) process.exitCode = EXIT.failed;
    });

interface ActiveTold {
  readonly active_incidents: StatusTold['active_incidents_list'];
}

export const activeCommand = (): Command =>
  asksServer(new Command('active'))
    .description('Incidents that are not resolved, worst first; of a dead server, from its record')
    .addOption(checkOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat incident active --json')
    .action(async (options: LookOptions, command: Command) => {
      const { config } = configOf(command);
      const answer = await seen<ActiveTold>(config, options, '/admin/incidents/active', (from) => ({
        active_incidents: leftRecord(from, Date.now()).active.map(toldOf),
      }));
      const { active_incidents: active } = answer;
      print(command, answer, () =>
        told(answer, config, active.length === 0 ? 'No incident is active' : incidentsTable(active)),
      );
      if (options.check && active.length > 0) process.exitCode = EXIT.failed;
    });

export const showCommand = (): Command =>
  asksServer(new Command('show'))
    .description('One incident with all that happened; of a dead server, from its record')
    .argument('<incident>', 'its id')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident show 01J9ZQ4X7T8W2M6K3N5P0R1S2V')
    .action(async (id: string, options: LiveOptions, command: Command) => {
      const { config } = configOf(command);
      const path = `/admin/incidents/${encodeURIComponent(id)}`;
      const answer = await seen<TimelineTold>(config, options, path, (from) => {
        const { incident, events } = leftRecord(from, Date.now()).get(id);
        const timeline = timelineOf(events).map(({ timeMs, ...one }) => ({
          at: new Date(timeMs).toISOString(),
          ...one,
        }));
        return { incident: toldOf(incident), timeline };
      });
      print(command, answer, () => told(answer, config, incidentText(answer)));
    });

const FORMATS = ['markdown', 'json', 'html'] as const;

interface PostmortemOptions extends LiveOptions {
  readonly format: (typeof FORMATS)[number];
  readonly out?: string;
}

export const postmortemCommand = (): Command =>
  asksServer(new Command('postmortem'))
    .description('What happened, what it cost, what was done; of a dead server, from its record')
    .argument('<incident>', 'its id')
    .addOption(new Option('--format <format>', 'how it is written').choices(FORMATS).default('markdown'))
    .option('--out <file>', 'write there, not to standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident postmortem 01J9ZQ4X7T8W2M6K3N5P0R1S2V --format html --out postmortem.html',
    )
    .action(async (id: string, options: PostmortemOptions, command: Command) => {
      const { config } = configOf(command);
      const path = `/admin/incidents/${encodeURIComponent(id)}/postmortem?format=json`;
      const { source: _, ...postmortem } = await seen<Postmortem>(config, options, path, (from) => {
        const { incident, events } = leftRecord(from, Date.now()).get(id);
        return postmortemOf(incident, events);
      });
      const text = written(postmortem, options.format);
      if (options.out === undefined) {
        print(command, postmortem, () => text.trimEnd());
        return;
      }
      save(options.out, text);
      print(command, { incident: id, file: options.out }, () => `The post-mortem of ${id} is in ${options.out}`);
    });

function written(postmortem: Postmortem, format: PostmortemOptions['format']): string {
  if (format === 'json') return `${JSON.stringify(postmortem, null, 2)}\n`;
  return format === 'html' ? postmortemHtml(postmortem) : postmortemMarkdown(postmortem);
}

function save(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new EngineError('request_invalid', `Cannot write: ${(error as Error).message}`, {
      file,
      remedy: 'Name a file that can be written: --out',
    });
  }
}
