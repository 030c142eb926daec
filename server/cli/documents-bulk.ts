/** A file of changes to a running server: in pieces, with progress, and what could not be done by its line. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { type BulkLine, type BulkOutcome, piecesOf, sendPiece } from './bulk.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { asksServer, type LiveOptions, liveServer } from './live.ts';
import { percentOn } from './progress.ts';

/** Lines that could not be done, told one by one; the rest is counted. */
const FAILURES_SHOWN = 20;
const FAILURES_KEPT = 1000;

interface Summary {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  /** Of those, what was done before. */
  replayed: number;
  failed: number;
  seconds: number;
  /** The first of them. */
  readonly failures: BulkOutcome[];
}

export const documentsBulkCommand = (): Command =>
  asksServer(new Command('bulk'))
    .description('Many changes from a file of JSON lines, each for itself')
    .argument('<file>', "one operation a line; '-' for standard input")
    .addHelpText(
      'after',
      `
A line is {"put":{…}}, {"patch":{…}} or {"delete":{"id":"7"}}, and may have "ifVersion" (a version, "absent" or "present")
and "idempotencyKey". Exit code 1 where a line could not be done.

Example:
  $ wp-chat documents bulk changes.jsonl`,
    )
    .action(async (file: string, options: LiveOptions, command: Command) => {
      const { config } = configOf(command);
      const live = await liveServer(config, options, 'operators');
      const { json } = globalOptions(command);
      const interrupt = new AbortController();
      process.once('SIGINT', () => interrupt.abort());
      const progress = percentOn(process.stderr, json);
      const summary: Summary = {
        ...{ created: 0, updated: 0, deleted: 0, unchanged: 0, replayed: 0, failed: 0 },
        ...{ seconds: 0, failures: [] },
      };
      const startedMs = Date.now();
      const input = linesOf(file);
      try {
        for await (const piece of piecesOf(input.lines, config.server.documents)) {
          if (interrupt.signal.aborted) break;
          for (const outcome of await sendPiece(piece, { live, signal: interrupt.signal })) count(summary, outcome);
          progress.show(input.percent(), `${doneOf(summary)} done, ${summary.failed} failed`);
        }
      } catch (error) {
        progress.stop();
        if (!interrupt.signal.aborted) throw stopped(error, summary);
      }
      progress.stop();
      summary.seconds = (Date.now() - startedMs) / 1000;
      if (!json) for (const failure of summary.failures.slice(0, FAILURES_SHOWN)) tell(file, failure);
      print(command, summary, () => textOf(summary));
      if (interrupt.signal.aborted) process.exitCode = EXIT.interrupted;
      else if (summary.failed > 0) process.exitCode = EXIT.failed;
    });

function linesOf(file: string): { readonly lines: AsyncIterable<BulkLine>; percent(): number } {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const bytes = file === '-' ? null : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  async function* lines(): AsyncGenerator<BulkLine> {
    let number = 0;
    try {
      for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
        number += 1;
        if (text.trim() !== '') yield { number, text };
      }
    } catch (error) {
      throw new EngineError('source_unreadable', `Cannot read the changes: ${(error as Error).message}`, { file });
    }
  }
  const read = (): number => ('bytesRead' in stream ? Number(stream.bytesRead) : 0);
  // Of what comes over a pipe nobody knows how much there is.
  return { lines: lines(), percent: () => (bytes === null ? 0 : Math.floor((100 * read()) / Math.max(1, bytes))) };
}

function count(summary: Summary, outcome: BulkOutcome): void {
  if (outcome.outcome === undefined) {
    summary.failed += 1;
    if (summary.failures.length < FAILURES_KEPT) summary.failures.push(outcome);
    return;
  }
  summary[outcome.outcome] += 1;
  if (outcome.replayed === true) summary.replayed += 1;
}

const doneOf = ({ created, updated, deleted, unchanged }: Summary): number => created + updated + deleted + unchanged;

function tell(file: string, { line, detail, errors = [] }: BulkOutcome): void {
  const why =
    errors.length === 0 ? detail : errors.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
  process.stderr.write(`${file}:${line} ${why}\n`);
}

const textOf = (summary: Summary): string => {
  const { created, updated, deleted, unchanged, replayed, failed, seconds } = summary;
  const same = unchanged === 0 ? '' : `${unchanged} unchanged, `;
  const rate = (doneOf(summary) / Math.max(0.001, seconds)).toFixed(0);
  return `${created} created, ${updated} updated, ${deleted} deleted (${replayed} of them before), ${same}${failed} failed in ${seconds.toFixed(1)} s, ${rate}/s`;
};

/** What was done stays done: the same file may be sent again. */
function stopped(error: unknown, summary: Summary): unknown {
  if (!(error instanceof EngineError) || doneOf(summary) === 0) return error;
  const { code, message, place } = error;
  const remedy = `${doneOf(summary)} lines were done before; ${place.remedy ?? 'send the file again'}`;
  return new EngineError(code, message, { ...place, remedy });
}
