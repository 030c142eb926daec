/** One look at a site: what is new, other or gone there since the last goes to the server, which writes what it has not. */
import { createHash } from 'node:crypto';
import { EngineError, ERROR_SENTENCES, type ErrorCode } from '../../../engine/errors.ts';
import { recordOf, type Source, type SourceEvent, type SourcePost } from '../../../engine/source/index.ts';
import type { BulkLine, BulkOutcome } from '../bulk.ts';
import type { SyncState } from './state.ts';

export interface RoundReport {
  added: number;
  changed: number;
  unchanged: number;
  deleted: number;
  /** What could not be read, or was not taken. */
  rejected: number;
}

export interface RoundPorts {
  readonly source: Source;
  readonly state: SyncState;
  /** An outcome for each, by its number. */
  readonly send: (lines: readonly BulkLine[]) => Promise<readonly BulkOutcome[]>;
  readonly onEvent: (event: SourceEvent) => void;
  readonly nowMs: () => number;
}

/** The file of a large site is not written for each hundred of its posts. */
const SAVE_EVERY_MS = 5000;

interface Pending {
  readonly line: BulkLine;
  readonly id: string;
  /** Null for one that is gone. */
  readonly digest: string | null;
  readonly known: boolean;
}

/**
 * @throws EngineError what the source or the server throws. The state is then ahead of what was written: it must be read from its file
 *   again before the next round.
 */
export async function syncRound({ source, state, send, onEvent, nowMs }: RoundPorts): Promise<RoundReport> {
  const report: RoundReport = { added: 0, changed: 0, unchanged: 0, deleted: 0, rejected: 0 };
  let pending: Pending[] = [];
  let savedMs = nowMs();
  // Where nothing was sent, the next round is told the same again, which costs less than a write each time.
  let worthSaving = state.source?.complete !== true;
  const flush = async (): Promise<void> => {
    const sent = pending;
    pending = [];
    if (sent.length > 0) settle(sent, await send(sent.map(({ line }) => line)), { report, onEvent });
    worthSaving ||= sent.length > 0;
    state.source = source.state();
    if (!worthSaving || nowMs() - savedMs < SAVE_EVERY_MS) return;
    state.save();
    savedMs = nowMs();
  };
  for await (const event of source.events(state.source, state)) {
    if (event.kind === 'post') {
      const asked = putOf(event.post, state, pending.length);
      if (asked === null) report.unchanged += 1;
      else pending.push(asked);
    } else if (event.kind === 'deleted') pending.push(deletionOf(event.id, state, pending.length));
    else if (event.kind === 'rejected') report.rejected += 1;
    if (event.kind === 'progress') await flush();
    onEvent(event);
  }
  await flush();
  if (worthSaving) state.save();
  return report;
}

/** Null where the server has it as it is. The state knows it from here on, since the source asks what is known. */
function putOf(post: SourcePost, state: SyncState, number: number): Pending | null {
  const { id, type, modifiedMs } = post;
  const put = recordOf(post);
  const digest = createHash('sha256').update(JSON.stringify(put)).digest('base64url').slice(0, 22);
  const known = state.get(id);
  if (known?.digest === digest) return null;
  // Who begins does not know what an index that was built from this site has: what is there already costs nothing.
  const text = JSON.stringify({ put, ifChanged: true, idempotencyKey: state.keyFor(id, digest) });
  state.set(id, { type, modifiedMs, digest });
  return { line: { number, text }, id, digest, known: known !== undefined };
}

function deletionOf(id: string, state: SyncState, number: number): Pending {
  const text = JSON.stringify({ delete: { id }, idempotencyKey: state.keyFor(id, 'gone') });
  state.delete(id);
  return { line: { number, text }, id, digest: null, known: true };
}

function settle(
  sent: readonly Pending[],
  outcomes: readonly BulkOutcome[],
  { report, onEvent }: Pick<RoundPorts, 'onEvent'> & { report: RoundReport },
): void {
  for (const [at, { id, digest, known }] of sent.entries()) {
    const { outcome, status, code, detail = '' } = outcomes[at]!;
    if (digest === null && (outcome !== undefined || status === 404)) report.deleted += 1;
    else if (outcome === 'unchanged') report.unchanged += 1;
    else if (outcome !== undefined) report[known ? 'changed' : 'added'] += 1;
    else if (status >= 500) throw new EngineError(codeOf(code), detail);
    else {
      report.rejected += 1;
      const reason = `The server does not take post ${id}: ${detail}`;
      onEvent({ kind: 'rejected', place: {}, reason, action: 'skipped' });
    }
  }
}

const codeOf = (code: string | undefined): ErrorCode =>
  code !== undefined && Object.hasOwn(ERROR_SENTENCES, code) ? (code as ErrorCode) : 'internal';
