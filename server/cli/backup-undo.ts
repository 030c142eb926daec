/** Takes a restore back: on the files of the index, or of a server that is named. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { BackupResult, UndoPreview } from '../../engine/backup/index.ts';
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import { count, runFor } from './backup-run.ts';
import { undoneText, undoPreviewText } from './backup-text.ts';
import { configOf, globalOptions, print } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';
import { percentOn } from './progress.ts';

type Undone = BackupResult<'undo'>;

/** Does it, or only looks at it; null where it was interrupted. */
type Undo = (how: { readonly dryRun: boolean; readonly discardMax: number }) => Promise<Undone | null>;

interface UndoOptions extends LiveOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly discard?: number;
}

/** How often it is asked how far the server is. */
const ASK_MS = 250;

export const undoCommand = (): Command =>
  asksServer(
    new Command('undo')
      .description(
        'Let what served before the last restore serve again, with its own journal; what was restored is kept',
      )
      .option('--dry-run', 'only say what would serve, and how many changes would be set aside', false)
      .addOption(new Option('--discard <changes>', 'agree that so many changes since are set aside').argParser(count))
      .addOption(yesOption()),
  )
    .addHelpText(
      'after',
      `
Works on the files of the index, and a running server goes over by itself; with --url it is the server that does it.

Examples:
  $ wp-chat backup undo --yes
  $ wp-chat backup undo --url http://localhost:8080 --dry-run --json`,
    )
    .action(async (options: UndoOptions, command: Command) => {
      const undo = options.url === undefined ? here(command) : await there(command, options);
      const looked = await undo({ dryRun: true, discardMax: 0 });
      if (looked === null) return;
      const { preview } = looked;
      if (options.dryRun) print(command, preview, () => undoPreviewText(preview));
      else await act(command, options, { undo, preview });
    });

async function act(
  command: Command,
  { yes, discard }: UndoOptions,
  { undo, preview }: { readonly undo: Undo; readonly preview: UndoPreview },
): Promise<void> {
  if (!(await confirmed(command, `${undoPreviewText(preview)}. Go back?`, yes))) return;
  const done = await undo({ dryRun: false, discardMax: discard ?? preview.changesSince });
  if (done !== null) print(command, { ...done.undone, preview: done.preview }, () => undoneText(done.undone!));
}

const here =
  (command: Command): Undo =>
  ({ dryRun, discardMax }) =>
    runFor(command, { kind: 'undo', discardMax, swap: true, dryRun });

async function there(command: Command, options: UndoOptions): Promise<Undo> {
  const server = await liveServer(configOf(command).config, options, 'operators');
  return async ({ dryRun, discardMax }) => {
    await server.ask('POST', '/admin/backup/undo', { dry_run: dryRun, discard: discardMax });
    return endOf(server, command);
  };
}

interface Status {
  readonly underway: { readonly step: string; readonly percent: number } | null;
  readonly last: readonly {
    readonly kind: string;
    readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
    readonly result: Undone | null;
  }[];
}

/** @throws EngineError as it failed there */
async function endOf(server: LiveServer, command: Command): Promise<Undone> {
  const progress = percentOn(process.stderr, globalOptions(command).json);
  try {
    for (;;) {
      const { underway, last } = await server.ask<Status>('GET', '/admin/backup');
      if (underway === null) {
        const { failure, result } = last.find(({ kind }) => kind === 'undo')!;
        if (failure !== null) throw new EngineError(failure.code, failure.detail);
        return result!;
      }
      progress.show(underway.percent, underway.step);
      await sleep(ASK_MS);
    }
  } finally {
    progress.stop();
  }
}
