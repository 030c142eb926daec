import { Command, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { CanaryOffline } from '../canary/index.ts';
import { type ActOptions, act, acts, experimentOf } from './canary-act.ts';
import { percent, percents, setting } from './canary-given.ts';
import { type CanaryStatus, type Flags, statusText, testText } from './canary-text.ts';
import { configOf, print } from './command.ts';
import { yesOption } from './confirm.ts';
import { asksServer, type LiveOptions, liveServer, liveServerIfAny, serverUrl } from './live.ts';

export const canaryCommand = (): Command =>
  new Command('canary')
    .description('Something new for some of the users first: who gets it, whether it is any worse, how far it may go')
    .addHelpText(
      'after',
      '\nWithout --experiment it is reranking: on its canary results are reranked, on its control they are not.\n\nExample:\n  $ wp-chat canary status\n  $ wp-chat canary enable 10 --yes\n  $ wp-chat canary emergency-stop --yes',
    )
    .addCommand(statusCommand())
    .addCommand(enableCommand())
    .addCommand(rolloutCommand())
    .addCommand(disableCommand())
    .addCommand(oneCommand('pause', 'Stay at the share, and take no step'))
    .addCommand(oneCommand('resume', 'Go on after a pause'))
    .addCommand(oneCommand('promote', 'Give the canary to everybody', 'Give it to everybody?'))
    .addCommand(oneCommand('abort', 'Give up: everybody is on control', 'Take it from everybody?'))
    .addCommand(stopCommand())
    .addCommand(clearCommand())
    .addCommand(testCommand());

const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description(
      'Each experiment: its share, both arms side by side, the evidence, what holds the next step up, who did what. Of a dead server: as it left them',
    )
    .option('--experiment <name>', 'only that one')
    .addHelpText('after', '\nExample:\n  $ wp-chat canary status\n  $ wp-chat canary status --experiment rerank --json')
    .action(async (options: LiveOptions & { experiment?: string }, command: Command) => {
      const { experiment } = options;
      const { config } = configOf(command);
      const live = await liveServerIfAny(config, options, 'operators');
      if (live === null) {
        const files = new CanaryOffline(config.canary);
        const left = files.status(experiment) as CanaryStatus;
        const from = `No server answers at ${serverUrl(config, 'operators')}. As the last one left it: ${files.path}`;
        print(command, { source: 'file', ...left }, () => `${from}\n\n${statusText(left)}`);
        return;
      }
      const query = experiment === undefined ? '' : `?experiment=${encodeURIComponent(experiment)}`;
      const status = await live.ask<CanaryStatus>('GET', `/admin/canary/status${query}`);
      print(command, { source: 'server', ...status }, () => statusText(status));
    });

interface EnableOptions extends ActOptions {
  readonly reranker?: string;
  readonly generation?: string;
  readonly retrieval: Record<string, unknown>;
  readonly stickiness?: string;
  readonly steps?: readonly number[];
  readonly holdBack?: number;
  readonly interleave?: boolean;
}

const enableCommand = (): Command =>
  acts(new Command('enable'))
    .description('Give some users the canary; with a name that is new, begin an experiment')
    .argument('[percent]', 'share of users, such as 10, 0.25 or 10%', percent, 10)
    .option('--reranker <model>', 'the canary reranks with that model')
    .option('--generation <name>', 'the canary answers from that index generation')
    .option(
      '--retrieval <key=value>',
      'the canary has that setting, such as fusion.denseWeight=0.5; repeatable',
      setting,
      {},
    )
    .option('--stickiness <field>', 'by what somebody keeps his arm: default, random, or a field such as userId')
    .option('--steps <list>', 'shares that a rollout goes through, such as 1,5,25,100', percents)
    .option('--hold-back <percent>', 'share that stays on control to compare with, even at 100 %', percent)
    .option('--interleave', 'both arms answer in one list, to see whose results are chosen')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat canary enable 10 --yes\n  $ wp-chat canary enable 5 --experiment fusion --retrieval fusion.denseWeight=0.5 --dry-run',
    )
    .action(async (percentage: number, options: EnableOptions, command: Command) => {
      const body = { ...experimentOf(options), percentage, ...definitionOf(options) };
      const name = options.experiment ?? 'rerank';
      await act(command, options, {
        action: 'enable',
        question: `Give ${percentage} % of users the canary of ${name}?`,
        body,
      });
    });

/** What is not given stays as it is. */
function definitionOf({
  reranker,
  generation,
  retrieval,
  stickiness,
  steps,
  holdBack,
  interleave,
}: EnableOptions): object {
  const canary = {
    ...(reranker === undefined ? {} : { reranker }),
    ...(generation === undefined ? {} : { generation }),
    ...(Object.keys(retrieval).length === 0 ? {} : { retrieval }),
  };
  return {
    ...(Object.keys(canary).length === 0 ? {} : { canary }),
    ...(stickiness === undefined ? {} : { stickiness }),
    ...(steps === undefined ? {} : { plan: { steps } }),
    ...(holdBack === undefined ? {} : { holdBackPercent: holdBack }),
    ...(interleave === undefined ? {} : { interleave }),
  };
}

const rolloutCommand = (): Command =>
  acts(new Command('rollout'))
    .description('Another share, or step after step by itself as the plan has it')
    .argument('[percent]', 'share of users', percent)
    .option('--steps', 'go up by itself, as long as the canary is no worse', false)
    .addHelpText('after', '\nExample:\n  $ wp-chat canary rollout 25 --yes\n  $ wp-chat canary rollout --steps --yes')
    .action(async (percentage: number | undefined, options: ActOptions & { steps: boolean }, command: Command) => {
      const body = {
        ...experimentOf(options),
        ...(percentage === undefined ? {} : { percentage }),
        steps: options.steps,
      };
      const name = options.experiment ?? 'rerank';
      const question = options.steps
        ? `Let ${name} go up by itself?`
        : `Give ${percentage} % of users the canary of ${name}?`;
      await act(command, options, { action: 'rollout', question, body });
    });

const disableCommand = (): Command =>
  acts(new Command('disable'))
    .description('Everybody on control: of every experiment, or of one; of all it means that nobody is reranked')
    .option('--forget', 'take the experiment off the list, too', false)
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat canary disable --yes\n  $ wp-chat canary disable --experiment fusion --forget --yes',
    )
    .action(async (options: ActOptions & { forget: boolean }, command: Command) => {
      const { experiment, forget } = options;
      const question =
        experiment === undefined ? 'End all experiments? Nobody is reranked then.' : `End ${experiment}?`;
      await act(command, options, {
        action: 'disable',
        question,
        body: { ...experimentOf(options), ...(forget ? { forget } : {}) },
      });
    });

const oneCommand = (
  action: 'pause' | 'resume' | 'promote' | 'abort',
  about: string,
  question: string | null = null,
): Command =>
  acts(new Command(action))
    .description(about)
    .addHelpText(
      'after',
      `\nExample:\n  $ wp-chat canary ${action} --experiment rerank${question === null ? '' : ' --yes'}`,
    )
    .action((options: ActOptions, command: Command) =>
      act(command, options, {
        action,
        question: question && `${options.experiment ?? 'rerank'}: ${question}`,
        body: experimentOf(options),
      }),
    );

const stopCommand = (): Command =>
  asksServer(new Command('emergency-stop'))
    .description(
      'Everybody on control of everything, at once and until it is cleared; nobody is reranked. Of a dead server: from its next start',
    )
    .option('--reason <text>', 'kept beside what was done')
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat canary emergency-stop --reason "5xx since the rollout" --yes')
    .action((options: ActOptions, command: Command) =>
      act(command, options, {
        action: 'emergency-stop',
        question: 'Stop everything? Nobody is reranked until it is cleared.',
        body: {},
        offline: { kind: 'stop' },
      }),
    );

const clearCommand = (): Command =>
  acts(new Command('clear-emergency'))
    .description('End the emergency stop, and say with what to go on')
    .addOption(
      new Option('--percentage <percent>', 'one experiment at that share, all others off')
        .argParser(percent)
        .conflicts('restore'),
    )
    .option('--restore', 'all as it was before')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat canary clear-emergency --restore --yes\n  $ wp-chat canary clear-emergency --percentage 5 --yes',
    )
    .action((options: ActOptions & { percentage?: number; restore?: boolean }, command: Command) => {
      const { percentage, restore } = options;
      const body = {
        ...experimentOf(options),
        ...(percentage === undefined ? {} : { percentage }),
        ...(restore ? { restore } : {}),
      };
      if ((percentage === undefined) === (restore !== true)) {
        const both = 'Expected what to go on with: --percentage PERCENT, or --restore';
        throw new EngineError('request_invalid', both, { field: 'percentage' });
      }
      const name = options.experiment ?? 'rerank';
      const to = percentage === undefined ? ('restore' as const) : { name, percentage };
      const offline = { kind: 'clear', to } as const;
      return act(command, options, { action: 'clear-emergency', question: 'Is the emergency over?', body, offline });
    });

interface TestOptions extends LiveOptions {
  readonly session?: string;
  readonly address?: string;
}

const testCommand = (): Command =>
  asksServer(new Command('test'))
    .description('Which arm users get, and why; nothing is counted')
    .argument('[user...]', 'as X-User-Id names them')
    .option('--session <id>', 'of somebody without a name')
    .option('--address <ip>', 'of somebody without a session')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat canary test ada grace\n  $ wp-chat canary test --address 203.0.113.7',
    )
    .action(async (users: string[], { session, address, ...options }: TestOptions, command: Command) => {
      const live = await liveServer(configOf(command).config, options, 'searches');
      const rest = {
        ...(session === undefined ? {} : { sessionId: session }),
        ...(address === undefined ? {} : { address }),
      };
      const asked = users.length > 0 ? users : [undefined];
      const told: { user: string; flags: Flags['flags'] }[] = [];
      for (const user of asked) {
        const context = { ...rest, ...(user === undefined ? {} : { targetingKey: user }) };
        const { flags } = await live.ask<Flags>('POST', '/ofrep/v1/evaluate/flags', { context });
        told.push({ user: user ?? session ?? address ?? '', flags });
      }
      print(command, told, () => testText(told));
    });
