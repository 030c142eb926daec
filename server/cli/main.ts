#!/usr/bin/env node
/** The one binary. Each command is a file beside this one, loaded when it is named, so that `doctor` runs where others cannot. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageRoot } from '../../engine/package-root.ts';
import { EXIT, EXIT_HELP, reportFailure } from './command.ts';

const COMMANDS: Readonly<Record<string, () => Promise<() => Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  index: async () => (await import('./index-command.ts')).indexCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  quality: async () => (await import('./quality.ts')).qualityCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  config: async () => (await import('./config.ts')).configCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
};

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

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
    .addHelpText('after', EXIT_HELP);
  const named = argv.find((word) => Object.hasOwn(COMMANDS, word));
  // Completions are read off all commands, and so is the list of a help without one.
  const wanted = named === undefined || named === 'completion' ? Object.keys(COMMANDS) : [named];
  for (const name of wanted) program.addCommand((await COMMANDS[name]!())().copyInheritedSettings(program));
  return program;
}

try {
  await (await programFor(process.argv.slice(2))).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = reportFailure(error, process.argv.includes('--json'));
}
