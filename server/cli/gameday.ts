/** `wp-chat gameday`: does the runbook hold? Every incident is brought about on a running server, and what comes of it is measured. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { loopbackTarget } from '../../ops/capacity/index.ts';
import {
  activeIncidents,
  type GamedayReport,
  gamedayTable,
  rehearse,
  restore,
  resultLine,
  type Scenario,
  type Stage,
  writeGameday,
} from '../../ops/gameday/index.ts';
import type { Config } from '../config/index.ts';
import { queriesOf } from './capacity-options.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { chosenOf, type GamedayOptions, leftOutOf, seedOf } from './gameday/options.ts';
import { type OwnServer, ownServer } from './gameday/own-server.ts';
import { turnByte } from './gameday/turn-byte.ts';
import { liveServer } from './live.ts';

const HELP = `
Without --url a server is started for it, over a copy of the index, and ended afterwards. With --url the one that runs there is rehearsed
on: it has to be this machine's, and started with --set server.faults=true. Faults are injected, requests are sent, and workers restarted:
never where users are served. Whatever was changed is put back at the end, after Ctrl-C too. Exit 1 where a bound does not hold.

Examples:
  $ wp-chat gameday --out gameday
  $ wp-chat gameday --only high_latency,model_failure --decoys none`;

export const gamedayCommand = (): Command =>
  new Command('gameday')
    .description('Rehearse every incident of the runbook on a running server, and measure how it is dealt with')
    .option('--url <address>', 'server to rehearse on, on this machine (default: one that is started for it)')
    .option('--key <key>', 'API key of --url; better in the environment: WP_CHAT_KEY', process.env['WP_CHAT_KEY'])
    .option('--only <names>', 'these faults alone, separated by commas, or none')
    .option('--decoys <names>', 'what looks like an incident and is none: these alone, or none')
    .option('--seed <number>', 'of the questions that are asked (default: another each time)')
    .option('--out <folder>', 'write report and drawings there')
    .addHelpText('after', HELP)
    .action(async (options: GamedayOptions, command: Command) => {
      const chosen = chosenOf(options);
      const seed = seedOf(options);
      if (options.url !== undefined) loopbackTarget(options.url, 'gameday');
      const { config } = configOf(command);
      const { json } = globalOptions(command);
      const say = (text: string): void => void process.stderr.write(`${text}\n`);
      const off = new AbortController();
      const interrupted = (): void => off.abort(new Interrupted());
      for (const signal of SIGNALS) process.on(signal, interrupted);
      try {
        if (options.url === undefined) say('Starting a server to rehearse on');
        const own = options.url === undefined ? await ownServer(config, givenTo(command)) : null;
        try {
          const stage = await stageOf(config, options, own);
          const report = await play({ stage, chosen, seed, say, signal: off.signal, url: own?.url ?? options.url! });
          if (options.out !== undefined) for (const file of writeGameday(options.out, report)) say(`wrote ${file}`);
          print(command, report, () => gamedayTable(report));
          if (!report.passed) process.exitCode = EXIT.failed;
        } finally {
          await own?.stop();
        }
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        if (json) process.stderr.write(`${JSON.stringify({ code: 'interrupted', detail: error.message })}\n`);
        else say(error.message);
        process.exitCode = EXIT.interrupted;
      } finally {
        for (const signal of SIGNALS) process.off(signal, interrupted);
      }
    });

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

class Interrupted extends Error {
  constructor() {
    super('Called off: faults are withdrawn, and what was done about them is taken back');
  }
}

/** What this program was given of its configuration, for another one of it. */
function givenTo(command: Command): string[] {
  const { config, set } = globalOptions(command);
  return [...(config === undefined ? [] : ['--config', config]), ...set.flatMap((one) => ['--set', one])];
}

interface PlayParts {
  readonly stage: Stage;
  readonly chosen: readonly Scenario[];
  readonly seed: number;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

async function play({ stage, chosen, seed, url, signal, say }: PlayParts): Promise<GamedayReport> {
  const startedMs = Date.now();
  const leftOut = leftOutOf(chosen, stage);
  for (const { scenario, why } of leftOut) say(`left out ${scenario}: ${why}`);
  const scenarios = chosen.filter(({ name }) => !leftOut.some(({ scenario }) => scenario === name));
  try {
    const parts = { stage, queries: queriesOf(), seed, signal, say };
    const results = await rehearse(parts, scenarios, (result) => say(resultLine(result)));
    const passed = results.every((result) => result.passed);
    return { passed, startedMs, tookS: (Date.now() - startedMs) / 1000, seed, url, results, leftOut };
  } finally {
    await restore(stage);
  }
}

/** @throws EngineError where the server is not one to rehearse on, with what is to be done about it */
async function stageOf(config: Config, options: GamedayOptions, own: OwnServer | null): Promise<Stage> {
  const url = own?.url ?? options.url!;
  const live = await liveServer(config, own === null ? options : { url }, 'operators');
  const index = own?.index ?? config.index.directory;
  const stage: Stage = {
    target: loopbackTarget(url, 'gameday'),
    ask: (method, path, body) => live.ask(method, path, body),
    text: async (path) => (await live.exchange('GET', path, { headers: { accept: 'text/plain' } })).body,
    pid: own?.pid ?? null,
    damage: null,
  };
  await stage.ask('POST', '/admin/faults', {}).catch((error: unknown) => {
    if (!(error instanceof EngineError) || error.code !== 'not_found') throw error;
    throw new EngineError('forbidden', `Nothing can be made to fail on this server: ${url}`, {
      field: 'server.faults',
      expected: 'true',
      remedy:
        'Start it with wp-chat serve --set server.faults=true, and never where users are served; or leave --url out',
    });
  });
  const [open] = await activeIncidents(stage);
  if (open !== undefined)
    throw new EngineError('incident_state', `There is an incident already: ${open.incident_type} ${open.incident_id}`, {
      remedy: `Deal with it first: wp-chat incident procedures ${open.incident_id}`,
    });
  const { generation } = await stage.ask<{ generation: string }>('GET', '/admin/index/status');
  const atHand = existsSync(join(index, 'generations', generation));
  return { ...stage, damage: atHand ? (name) => turnByte(index, name) : null };
}
