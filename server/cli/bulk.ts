/**
 * How does a file, or a site, go to a running server a piece at a time? Operations in pieces that it takes, an outcome for each, and
 * patience where it has no room until it has merged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine/errors.ts';
import type { DocumentsConfig } from '../documents/settings.ts';
import type { LiveServer } from './live.ts';

export interface BulkLine {
  /** By which its outcome is told. */
  readonly number: number;
  /** One operation, as `POST /documents/bulk` takes it. */
  readonly text: string;
}

export interface BulkOutcome {
  readonly line: number;
  readonly status: number;
  readonly id?: string;
  readonly outcome?: 'created' | 'updated' | 'deleted' | 'unchanged';
  readonly version?: number | null;
  readonly replayed?: boolean;
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly expected: string }[];
}

/** A piece takes a fraction of a second, so that progress is seen. */
const PIECE_LINES_MAX = 500;
/** Longest pause, and all pauses of a piece together: a merge takes less. */
const PAUSE_MS_MAX = 10_000;
const PATIENCE_MS = 600_000;

/** In pieces that a server of these bounds takes; a line that is too long for it stands alone. */
export async function* piecesOf(
  lines: AsyncIterable<BulkLine> | Iterable<BulkLine>,
  { linesMax, bytesMax }: DocumentsConfig,
): AsyncGenerator<readonly BulkLine[]> {
  let piece: BulkLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    const length = Buffer.byteLength(line.text) + 1;
    if (piece.length > 0 && (bytes + length > bytesMax || piece.length >= Math.min(linesMax, PIECE_LINES_MAX))) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(line);
    bytes += length;
  }
  if (piece.length > 0) yield piece;
}

export interface BulkPorts {
  readonly live: Pick<LiveServer, 'exchange'>;
  readonly signal: AbortSignal;
  /** Waits; rejects when the signal says so. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * An outcome for each line, by its number. What found no room is sent again until it does, unless a later line has written the same
 * document meanwhile: that one would be undone.
 *
 * @throws EngineError with the code of the server's refusal of the whole
 */
export async function sendPiece(
  piece: readonly BulkLine[],
  { live, signal, pause = pauseFor }: BulkPorts,
): Promise<BulkOutcome[]> {
  const outcomes = new Map<number, BulkOutcome>();
  let left = piece;
  let pauseMs = 500;
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    for (const outcome of await sent(left, live)) outcomes.set(outcome.line, outcome);
    left = left.filter(({ number }) => {
      const { code, id } = outcomes.get(number)!;
      if (code !== 'changes_full') return false;
      return ![...outcomes.values()].some((one) => one.id === id && one.line > number && one.outcome !== undefined);
    });
    if (left.length === 0 || waitedMs >= PATIENCE_MS) return piece.map(({ number }) => outcomes.get(number)!);
    pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    await pause(pauseMs, signal);
  }
}

const pauseFor = (ms: number, signal: AbortSignal): Promise<unknown> => sleep(ms, null, { signal });

async function sent(lines: readonly BulkLine[], live: BulkPorts['live']): Promise<BulkOutcome[]> {
  const text = lines.map((line) => line.text).join('\n');
  try {
    const { body } = await live.exchange('POST', '/documents/bulk', {
      message: { text, type: 'application/x-ndjson' },
    });
    const told = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BulkOutcome);
    if (told.length !== lines.length)
      throw new EngineError('internal', `Expected ${lines.length} outcomes, got ${told.length}`);
    return told.map((outcome, at) => ({ ...outcome, line: lines[at]!.number }));
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'body_too_large')) throw error;
    // Alone it is the line itself that is too long; else the server has other bounds than this configuration says.
    if (lines.length === 1) return [{ line: lines[0]!.number, status: 413, code: error.code, detail: error.message }];
    const half = lines.length >> 1;
    return [...(await sent(lines.slice(0, half), live)), ...(await sent(lines.slice(half), live))];
  }
}
