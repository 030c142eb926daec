/** Why was it not done? The outcomes after which it is not as it was asked to be, in the words of the interface. */
import type { Effect, Outcome } from '../../engine/changes/index.ts';
import type { ErrorCode } from '../../engine/errors.ts';
import { type Problem, problem } from '../wire/index.ts';

export type Done = Extract<Outcome, { kind: Effect | 'unchanged' }>;
export type NotDone = Exclude<Outcome, Done>;

const DONE: ReadonlySet<Outcome['kind']> = new Set<Done['kind']>(['created', 'updated', 'deleted', 'unchanged']);

export const isDone = (outcome: Outcome): outcome is Done => DONE.has(outcome.kind);

export function refusalOf(outcome: NotDone, id: string, requestId: string): Problem {
  const of = (code: ErrorCode, detail: string): Problem => problem(code, detail, requestId);
  switch (outcome.kind) {
    case 'missing':
      return of('document_missing', `There is no document with this id: ${id}`);
    case 'conflict': {
      const { version } = outcome;
      const detail =
        version === null
          ? `There is no document with this id, so it has no version: ${id}`
          : `The document is there and has another version, ${version}: read it again: ${id}`;
      return { ...of('version_conflict', detail), version };
    }
    case 'keyReused':
      return of('key_reused', `The idempotency key stands for another operation: send a new key: ${id}`);
    case 'full': {
      const what = outcome.bound === 'documentsMax' ? 'changed documents' : 'bytes of changes';
      return of('changes_full', `As many ${what} are held as may be until they are merged: ${outcome.limit}`);
    }
    case 'invalid':
      return of('request_invalid', outcome.detail);
    case 'refused':
      return of(outcome.error.code, outcome.error.message);
  }
}
