/** What the words behind the program's name ask for. Each command is a file beside this one, loaded when it is named, so that `doctor` runs where others cannot. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageRoot } from '../../engine/package-root.ts';
import { EXIT, EXIT_HELP, reportFailure } from './command.ts';

const COMMANDS: Readonly<Record<string, () => Promise<() => Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  index: async () => (await import('./index-command.ts')).indexCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  documents: async () => (await import('./documents.ts')).documentsCommand,
  sync: async () => (await import('./sync.ts')).syncCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  quality: async () => (await import('./quality.ts')).qualityCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  cache: async () => (await import('./cache.ts')).cacheCommand,
  canary: async () => (await import('./canary.ts')).canaryCommand,
  incident: async () => (await import('./incident.ts')).incidentCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  ratelimit: async () => (await import('./ratelimit.ts')).ratelimitCommand,
  slo: async () => (await import('./slo.ts')).sloCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  capacity: async () => (await import('./capacity.ts')).capacityCommand,
  gameday: async () => (await import('./gameday.ts')).gamedayCommand,
  config: async () => (await import('./config.ts')).configCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
};

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const EXAMPLES = `
Examples:
  $ wp-chat index --from export.xml.gz
  $ wp-chat serve
  $ wp-chat search "restore a backup"`;

/** Down to the last subcommand, so that wrong usage ends the same way everywhere. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const sub of command.commands) inherit(sub, command);
  return command;
}

async function programFor(argv: readonly string[]): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('wp-chat')
    .description('A hybrid search engine for WordPress sites that runs its own incident runbook')
    .version(version)
    .option('--config <file>', 'configuration file (default: config.yml where there is one)')
    .option('--set <key=value>', 'override one setting; may be repeated', collect, [])
    .option('--json', 'print results and failures as JSON', false)
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for usage and an example)')
    .exitOverride()
    .addHelpText('after', `${EXAMPLES}\n${EXIT_HELP}`);
  // Beside --json, what is wrong is one JSON object: it is written where the error is caught.
  if (argv.includes('--json')) program.configureOutput({ writeErr: () => {} });
  const named = argv.find((word) => Object.hasOwn(COMMANDS, word));
  for (const name of wantedBy(argv, named)) program.addCommand(inherit((await COMMANDS[name]!())(), program));
  return program;
}

/** Completions are read off all commands, and so is the list of a help without one; the version needs none. */
function wantedBy(argv: readonly string[], named: string | undefined): readonly string[] {
  if (named !== undefined && named !== 'completion') return [named];
  return named === undefined && argv[0] === '--version' ? [] : Object.keys(COMMANDS);
}

/** Does what the words say; the exit code is left in `process.exitCode`. It comes back when the command is over, which `serve` is at a signal. */
export async function run(words: readonly string[]): Promise<void> {
  const json = words.includes('--json');
  try {
    await (await programFor(words)).parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? usageExit(error, json) : reportFailure(error, json);
  }
}

/** A help or version that was asked for is no failure; commander has printed the rest, except beside --json. */
function usageExit({ exitCode, code, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return EXIT.ok;
  const detail = code === 'commander.help' ? 'A command is missing' : message.replace(/^error: /, '');
  if (json) process.stderr.write(`${JSON.stringify({ code: 'usage', detail })}\n`);
  return EXIT.usage;
}
