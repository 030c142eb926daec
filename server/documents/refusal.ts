/** Why was it not done? The outcomes that changed nothing, in the words of the interface. */
import type { Outcome } from '../../engine/changes/index.ts';
import type { ErrorCode } from '../../engine/errors.ts';
import { type Problem, problem } from '../wire/index.ts';

export type Done = Extract<Outcome, { kind: 'created' | 'updated' | 'deleted' }>;
export type NotDone = Exclude<Outcome, Done>;

export const isDone = (outcome: Outcome): outcome is Done =>
  outcome.kind === 'created' || outcome.kind === 'updated' || outcome.kind === 'deleted';

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
