import { Command, InvalidArgumentError } from 'commander';
import type { Procedure } from '../actions/index.ts';
import { EXIT, print, table } from './command.ts';
import { confirmed } from './confirm.ts';
import { server } from './incident-acts.ts';
import { asksServer, type LiveOptions } from './live.ts';

interface Procedures {
  readonly incident_id: string;
  readonly incident_type: string;
  readonly procedures: readonly Procedure[];
  readonly automatic: { readonly enabled: boolean; readonly paused: string | null };
  readonly executions: readonly Execution[];
}

interface Execution {
  readonly run: string;
  readonly action_id: string;
  readonly state: string;
  readonly by: string;
  readonly said: string;
  readonly undoable: boolean;
}

interface Executed {
  readonly success: boolean;
  readonly applied: boolean;
  readonly output: string;
  readonly preview: readonly string[];
  readonly action: Execution | null;
}

const pathOf = (id: string, what: string): string => `/admin/incidents/${encodeURIComponent(id)}/${what}`;

export const proceduresCommand = (): Command =>
  asksServer(new Command('procedures'))
    .description('What the runbook has done about an incident, in its order, and what was done')
    .argument('<incident>', 'its id')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident procedures 01J9ZQ4X7T8W2M6K3N5P0R1S2V')
    .action(async (id: string, options: LiveOptions, command: Command) => {
      const answer = await (await server(options, command)).ask<Procedures>('GET', pathOf(id, 'procedures'));
      print(command, answer, () => proceduresText(answer));
    });

function proceduresText({
  incident_id: id,
  incident_type: type,
  procedures,
  automatic,
  executions,
}: Procedures): string {
  const steps = procedures.map((one, at) => {
    const marks = [
      `within ${one.estimated_time} s`,
      ...(one.requires_confirmation ? ['needs --confirm'] : []),
      ...(one.automatic ? ['done by itself'] : []),
    ];
    const lines = [
      `${at + 1}. ${one.name} (${marks.join(', ')})`,
      `   ${one.description}`,
      ...(one.objection === null ? [] : [`   Not now: ${one.objection}`]),
      `   $ wp-chat incident execute ${id} ${one.action_id}${one.requires_confirmation ? ' --confirm' : ''}`,
    ];
    return lines.join('\n');
  });
  const runs = executions.map(({ run, action_id: action, state, by, said }) => [run, action, state, by, said]);
  return [
    `${id}: ${type}`,
    ...steps,
    ...(automatic.paused === null ? [] : [`Nothing is done by itself: ${automatic.paused}`]),
    ...(runs.length === 0 ? [] : [table([['RUN', 'ACTION', 'STATE', 'BY', 'WHAT CAME OF IT'], ...runs])]),
  ].join('\n\n');
}

/** `window=60` → {window: 60}; what is JSON is taken as such, all else as text. */
function parameter(text: string, before: Record<string, unknown>): Record<string, unknown> {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at));
  if (at < 1 || name === '__proto__') throw new InvalidArgumentError('Expected key=value, such as max_requests=10.');
  const given = text.slice(at + 1);
  try {
    return { ...before, [name]: JSON.parse(given) as unknown };
  } catch {
    return { ...before, [name]: given };
  }
}

interface ExecuteOptions extends LiveOptions {
  readonly confirm: boolean;
  readonly dryRun: boolean;
  readonly with: Record<string, unknown>;
  readonly assignedTo?: string;
}

export const executeCommand = (): Command =>
  asksServer(new Command('execute'))
    .description('Do one of the actions, and say whether it helped; exit code 1 where it did not')
    .argument('<incident>', 'its id')
    .argument('<action>', 'as procedures lists it')
    .option('--confirm', 'it is meant; asked for where it may cost answers or data', false)
    .option('--dry-run', 'only say what would happen', false)
    .option('--with <key=value>', 'a parameter of the action; repeatable', parameter, {})
    .option('--assigned-to <name>', 'who does it, beside the key')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat incident execute 01J9ZQ4X7T8W2M6K3N5P0R1S2V disable_rerank --confirm\n  $ wp-chat incident execute 01J9ZQ4X7T8W2M6K3N5P0R1S2V adjust_rate_limits --with max_requests=10 --dry-run',
    )
    .action(async (id: string, action: string, options: ExecuteOptions, command: Command) => {
      const live = await server(options, command);
      const { confirm, dryRun, with: parameters, assignedTo } = options;
      const asked = {
        action_id: action,
        parameters,
        ...(assignedTo === undefined ? {} : { assigned_to: assignedTo }),
      };
      const ask = (more: object): Promise<Executed> =>
        live.ask<Executed>('POST', pathOf(id, 'execute'), { ...asked, ...more });
      if (dryRun) return tell(command, await ask({ dry_run: true }));
      const { procedures } = await live.ask<Procedures>('GET', pathOf(id, 'procedures'));
      const meant = confirm || procedures.find((one) => one.action_id === action)?.requires_confirmation === false;
      if (!meant) {
        const { preview } = await ask({ dry_run: true });
        const question = `${preview.join('\n')}\nDo ${action} at ${live.url}?`;
        if (!(await confirmed(command, question, false, '--confirm'))) return;
      }
      tell(command, await ask({ confirm: true }));
    });

interface UndoOptions extends LiveOptions {
  readonly assignedTo?: string;
}

export const undoCommand = (): Command =>
  asksServer(new Command('undo'))
    .description('Take back what an action changed')
    .argument('<incident>', 'its id')
    .argument('<run>', 'as procedures lists it')
    .option('--assigned-to <name>', 'who does it, beside the key')
    .addHelpText('after', '\nExample:\n  $ wp-chat incident undo 01J9ZQ4X7T8W2M6K3N5P0R1S2V 01J9ZQ5A1B2C3D4E5F6G7H8J9K')
    .action(async (id: string, run: string, options: UndoOptions, command: Command) => {
      const body = { run, ...(options.assignedTo === undefined ? {} : { assigned_to: options.assignedTo }) };
      tell(command, await (await server(options, command)).ask<Executed>('POST', pathOf(id, 'undo'), body));
    });

function tell(command: Command, executed: Executed): void {
  const { success, applied, output, preview, action } = executed;
  print(command, executed, () => {
    if (!applied) return [...preview, output === '' ? 'Nothing was changed' : `Not now: ${output}`].join('\n');
    const undo = action?.undoable === true ? `\nIt can be taken back: run ${action.run}` : '';
    return `${action?.action_id ?? ''}: ${action?.state ?? ''}. ${output}${undo}`;
  });
  if (!success) process.exitCode = EXIT.failed;
}
