/** What all commands share: how the configuration is found, how results and failures are printed, what exit codes mean. */
import type { Command } from 'commander';
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';

/** Exit codes: part of the interface, listed in the help. */
export const EXIT = { ok: 0, failed: 1, usage: 2, index: 3, model: 4, source: 5, backup: 6, interrupted: 130 } as const;

export const EXIT_HELP = `
Exit codes: 0 done, 1 failed or a check found something, 2 wrong usage or configuration, 3 no usable index,
4 no usable model, 5 the source could not be read, 6 backups could not be used, 130 interrupted`;

export interface GlobalOptions {
  readonly config?: string;
  readonly set: readonly string[];
  readonly json: boolean;
}

export const globalOptions = (command: Command): GlobalOptions => command.optsWithGlobals();

/** @param flags `key=value` of the command's own options; they win over --set */
export function configOf(command: Command, flags: readonly string[] = []): LoadedConfig {
  const { config, set } = globalOptions(command);
  const file = config ?? process.env['WP_CHAT_CONFIG'] ?? null;
  return loadConfig({ file, environment: process.env, flags: [...set, ...flags] });
}

/** Prints the value as JSON where --json asks for it, else as text. */
export function print(command: Command, value: unknown, text: () => string): void {
  process.stdout.write(`${globalOptions(command).json ? JSON.stringify(value, null, 2) : harmless(text())}\n`);
}

/** What would move a terminal's cursor, ring its bell or turn the direction of what follows. */
const STEERING = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Texts of strangers are among what is shown; commands write nothing of that kind themselves. */
const harmless = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(STEERING, '\ufffd');

const exitCodeOf = (code: ErrorCode): number => {
  if (code === 'config_invalid' || code === 'request_invalid') return EXIT.usage;
  if (code.startsWith('index_')) return EXIT.index;
  if (code.startsWith('model_')) return EXIT.model;
  if (code.startsWith('backup_')) return EXIT.backup;
  return code.startsWith('source_') ? EXIT.source : EXIT.failed;
};

/** Says what went wrong and what to do about it, on standard error; returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  if (!(error instanceof EngineError)) {
    process.stderr.write(
      `${json ? JSON.stringify({ code: 'internal', detail: String(error) }) : ((error as Error).stack ?? error)}\n`,
    );
    return EXIT.failed;
  }
  const { code, message, place } = error;
  if (json) process.stderr.write(`${JSON.stringify({ code, detail: message, ...place })}\n`);
  else process.stderr.write(`${message}\n${place.remedy === undefined ? '' : `${place.remedy}\n`}`);
  return exitCodeOf(code);
}

/** Columns padded to their widest cell; the last one is left as it is. A row is a line, whatever its cells hold. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map((cell) => cell.split(/[\r\n]+/).join(' ')));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
