/** What was done, newest last, so far as it is remembered: each execution with how it is taken back. */
import type { ActionRecord, Done } from './action.ts';

export interface Asked {
  readonly actionId: string;
  readonly parameters?: unknown;
  readonly incidentId?: string | null;
  readonly by: string;
  readonly automatic?: boolean;
  /** Needed where the risk is high. */
  readonly confirm?: boolean;
}

export interface Run {
  record: ActionRecord;
  undo: Done['undo'];
  /** When it is taken back by itself, on the clock that never jumps; null: never. */
  expiresMs: number | null;
}

/** Beyond it the oldest that cannot be taken back are forgotten. */
const RECORDS_MAX = 1000;

export class Runs {
  readonly #byId = new Map<string, Run>();

  /** Newest first. */
  get records(): readonly ActionRecord[] {
    return [...this.#byId.values()].map(({ record }) => record).reverse();
  }

  get(runId: string): Run | undefined {
    return this.#byId.get(runId);
  }

  /** @param nowMs on the clock that never jumps */
  due(nowMs: number): Run[] {
    return [...this.#byId.values()].filter(
      ({ undo, expiresMs }) => undo !== undefined && expiresMs !== null && expiresMs <= nowMs,
    );
  }

  begin(
    runId: string,
    parameters: object,
    { actionId, incidentId = null, by, automatic = false }: Asked,
    startedMs: number,
  ): Run {
    const record: ActionRecord = {
      ...{ runId, actionId, incidentId, parameters, by, automatic, startedMs },
      ...{ state: 'running', endedMs: null, said: '', details: null, effect: null, undoable: false, expiresAtMs: null },
    };
    const run: Run = { record, undo: undefined, expiresMs: null };
    this.#byId.set(runId, run);
    for (const [id, { undo, record: old }] of this.#byId) {
      if (this.#byId.size <= RECORDS_MAX) break;
      if (undo === undefined && old.endedMs !== null) this.#byId.delete(id);
    }
    return run;
  }
}
