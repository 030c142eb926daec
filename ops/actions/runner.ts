/**
 * Does actions: one after the other where they touch the same thing, within their time, and remembers what came of each.
 *
 * ```
 * asked ─▶ known? parameters? objection? confirmed? cooled down? nobody else at it? ─▶ run ─▶ probe ─▶ done | without_effect
 *                     └──────────────▶ refused                                       └─▶ failed | timed_out
 * done ─▶ undone (asked for) | expired (by itself)
 * ```
 */
import { EngineError } from '../../engine/errors.ts';
import type { About, ActionDefinition, ActionRecord, Done, Effect, RunState } from './action.ts';
import { checkedParameters } from './checked-parameters.ts';

export interface RunnerParts {
  readonly actions: readonly ActionDefinition[];
  readonly nowMs: () => number;
  /** Unique, sorts by time. */
  readonly nextId: () => string;
  /**
   * Told of each change of a record, refusals too: for the audit log and the incident. Awaited before an action begins; where it fails
   * the action is done all the same, since a disk that is full must not keep anybody from putting things right.
   */
  readonly told: (record: ActionRecord) => Promise<void> | void;
}

export interface Asked {
  readonly actionId: string;
  readonly parameters?: unknown;
  readonly incidentId?: string | null;
  readonly by: string;
  readonly automatic?: boolean;
  /** Needed where the risk is high. */
  readonly confirm?: boolean;
}

/** Executions that are remembered; beyond it the oldest that cannot be taken back are forgotten. */
const RECORDS_MAX = 1000;
const AGAIN_MS = 60_000;
const SAID_CHARS_MAX = 4000;
const TIMED_OUT = Symbol('timed out');

interface Run {
  record: ActionRecord;
  undo: Done['undo'];
}

export class ActionRunner {
  readonly #parts: RunnerParts;
  readonly #actions: ReadonlyMap<string, ActionDefinition>;
  readonly #runs = new Map<string, Run>();
  readonly #busy = new Map<string, string>();
  readonly #endedMs = new Map<string, number>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#actions = new Map(parts.actions.map((action) => [action.id, action]));
  }

  get actions(): readonly ActionDefinition[] {
    return this.#parts.actions;
  }

  /** Newest first. */
  get records(): readonly ActionRecord[] {
    return [...this.#runs.values()].map(({ record }) => record).reverse();
  }

  /**
   * Why it would be refused now; null where it would not. What cannot be found out is an objection, too.
   *
   * @throws EngineError not_found | request_invalid
   */
  async objection(asked: Omit<Asked, 'by'>): Promise<string | null> {
    const action = this.#actionOf(asked.actionId);
    const parameters = checkedParameters(action, asked.parameters);
    try {
      return (await action.objection?.(parameters, aboutOf(asked))) ?? this.#hindrance(action);
    } catch (error) {
      return whyOf(error);
    }
  }

  /** What would happen. @throws EngineError not_found | request_invalid */
  async preview(asked: Omit<Asked, 'by'>): Promise<{ objection: string | null; steps: readonly string[] }> {
    const action = this.#actionOf(asked.actionId);
    const checked = checkedParameters(action, asked.parameters);
    return { objection: await this.objection(asked), steps: await action.preview(checked) };
  }

  /**
   * Does it, and resolves when its effect was measured. What goes wrong meanwhile is in the record; nothing is thrown for it.
   *
   * @throws EngineError not_found | request_invalid where it is not known what should be done
   */
  async execute(asked: Asked): Promise<ActionRecord> {
    const action = this.#actionOf(asked.actionId);
    const parameters = checkedParameters(action, asked.parameters);
    const run = this.#begin(action, parameters, asked);
    const refusal = await this.#refusal(action, parameters, asked);
    if (refusal !== null) return this.#end(run, refusal.state, { said: refusal.said });
    try {
      await this.#tell(run);
      return await this.#run(action, parameters, run);
    } finally {
      // Who failed may try again at once.
      if (run.record.state !== 'failed') this.#endedMs.set(action.id, this.#parts.nowMs());
      this.#busy.delete(action.concurrencyKey);
    }
  }

  /** Where it returns null, nobody else may touch the same until it has ended. */
  async #refusal(
    action: ActionDefinition,
    parameters: object,
    asked: Asked,
  ): Promise<{ state: 'refused' | 'failed'; said: string } | null> {
    if (action.risk === 'high' && asked.confirm !== true)
      return { state: 'refused', said: 'It has to be confirmed: look at the preview, then ask with "confirm": true' };
    try {
      const said =
        this.#hindrance(action) ??
        (await action.objection?.(parameters, aboutOf(asked))) ??
        // Somebody else may have begun meanwhile.
        this.#hindrance(action);
      if (said !== null) return { state: 'refused', said };
      if (action.concurrencyKey !== '') this.#busy.set(action.concurrencyKey, action.id);
      return null;
    } catch (error) {
      return { state: 'failed', said: whyOf(error) };
    }
  }

  /** Takes back what an execution changed. @throws EngineError not_found | action_refused */
  async undo(runId: string, by: string): Promise<ActionRecord> {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new EngineError('not_found', `No execution is known as ${runId}`);
    if (run.undo === undefined)
      throw new EngineError('action_refused', `There is nothing to take back: the execution is ${run.record.state}`);
    const other = this.#busyWith(run);
    if (other !== null)
      throw new EngineError('action_refused', `${other} is under way: take it back when that has ended`);
    return this.#takeBack(run, 'undone', `taken back by ${by}`);
  }

  /** Takes back what has expired; to be called about once a second. */
  async step(): Promise<void> {
    const nowMs = this.#parts.nowMs();
    const due = [...this.#runs.values()].filter(
      (run) =>
        run.undo !== undefined &&
        run.record.expiresAtMs !== null &&
        run.record.expiresAtMs <= nowMs &&
        this.#busyWith(run) === null,
    );
    for (const run of due) await this.#takeBack(run, 'expired', 'taken back by itself, when its time was over');
  }

  #actionOf(actionId: string): ActionDefinition {
    const action = this.#actions.get(actionId);
    if (action !== undefined) return action;
    const known = [...this.#actions.keys()].join(', ');
    throw new EngineError('not_found', `There is no action ${JSON.stringify(actionId).slice(0, 80)}`, {
      field: 'action',
      value: actionId,
      expected: `one of ${known}`,
    });
  }

  /** What is under way that touches the same; null where nothing is. */
  #busyWith({ record }: Run): string | null {
    return this.#busy.get(this.#actionOf(record.actionId).concurrencyKey) ?? null;
  }

  /** What stands in the way that has nothing to do with what the action is about. */
  #hindrance({ id, concurrencyKey, cooldownMs }: ActionDefinition): string | null {
    const other = this.#busy.get(concurrencyKey);
    if (other !== undefined) return `${other} is under way: ask again when it has ended`;
    const endedMs = this.#endedMs.get(id);
    const leftMs = endedMs === undefined ? 0 : endedMs + cooldownMs - this.#parts.nowMs();
    return leftMs > 0 ? `It was done just now: ask again in ${Math.ceil(leftMs / 1000)} s` : null;
  }

  #begin(action: ActionDefinition, parameters: object, { incidentId = null, by, automatic = false }: Asked): Run {
    const record: ActionRecord = {
      runId: this.#parts.nextId(),
      actionId: action.id,
      incidentId,
      parameters,
      by,
      automatic,
      state: 'running',
      startedMs: this.#parts.nowMs(),
      endedMs: null,
      said: '',
      details: null,
      effect: null,
      undoable: false,
      expiresAtMs: null,
    };
    const run: Run = { record, undo: undefined };
    this.#runs.set(record.runId, run);
    for (const [runId, { undo, record: old }] of this.#runs) {
      if (this.#runs.size <= RECORDS_MAX) break;
      if (undo === undefined && old.endedMs !== null) this.#runs.delete(runId);
    }
    return run;
  }

  async #run(action: ActionDefinition, parameters: object, run: Run): Promise<ActionRecord> {
    const ends = new AbortController();
    const timer = setTimeout(() => ends.abort(), action.timeBudgetMs);
    const late = new Promise<typeof TIMED_OUT>((resolve) => {
      ends.signal.addEventListener('abort', () => resolve(TIMED_OUT), { once: true });
    });
    try {
      const { by, incidentId, automatic } = run.record;
      const running = action.run(parameters, { by, incidentId, automatic, signal: ends.signal });
      const done = await Promise.race([running, late]);
      if (done === TIMED_OUT) return await this.#overtime(action, run, running);
      this.#note(run, done);
      const probed = done.probe === undefined ? null : await Promise.race([done.probe(ends.signal), late]);
      const effect = probed === TIMED_OUT ? { ok: false, said: 'Its effect could not be measured in time' } : probed;
      return await this.#end(run, effect === null || effect.ok ? 'done' : 'without_effect', { effect });
    } catch (error) {
      const why = whyOf(error);
      // What was done before its effect could not be measured is told, too.
      return await this.#end(run, 'failed', { said: run.record.said === '' ? why : `${run.record.said}; ${why}` });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Given up; but what it still does after that can be taken back as if it had been in time. */
  #overtime(action: ActionDefinition, run: Run, running: Promise<Done>): Promise<ActionRecord> {
    running.then(
      (done) => this.#note(run, done),
      () => {},
    );
    return this.#end(run, 'timed_out', { said: `It did not end within ${action.timeBudgetMs / 1000} s` });
  }

  #note(run: Run, { said, details, undo, expiresInMs }: Done): void {
    run.undo = undo;
    run.record = {
      ...run.record,
      said,
      details: details ?? null,
      undoable: undo !== undefined,
      expiresAtMs: expiresInMs === undefined ? null : this.#parts.nowMs() + expiresInMs,
    };
  }

  async #end(
    run: Run,
    state: RunState,
    { said = run.record.said, effect = null }: { said?: string; effect?: Effect | null },
  ): Promise<ActionRecord> {
    run.record = { ...run.record, state, said, effect, endedMs: this.#parts.nowMs() };
    await this.#tell(run);
    return run.record;
  }

  async #tell(run: Run): Promise<void> {
    try {
      await this.#parts.told(run.record);
    } catch (error) {
      run.record = { ...run.record, said: `${run.record.said} (could not be recorded: ${(error as Error).message})` };
    }
  }

  async #takeBack(run: Run, state: 'undone' | 'expired', how: string): Promise<ActionRecord> {
    const undo = run.undo!;
    run.undo = undefined;
    run.record = { ...run.record, undoable: false, expiresAtMs: null };
    try {
      const said = await undo();
      run.record = { ...run.record, state, said: `${run.record.said}; ${how}: ${said}` };
    } catch (error) {
      run.undo = undo;
      const { message } = error as Error;
      // What was to end by itself is tried again.
      const expiresAtMs = state === 'expired' ? this.#parts.nowMs() + AGAIN_MS : null;
      const said = `${run.record.said}; could not be taken back: ${message}`.slice(0, SAID_CHARS_MAX);
      run.record = { ...run.record, undoable: true, expiresAtMs, said };
    }
    await this.#tell(run);
    return run.record;
  }
}

const whyOf = (error: unknown): string =>
  error instanceof EngineError ? `${error.code}: ${error.message}` : String(error);

const aboutOf = ({ incidentId = null, automatic = false }: Omit<Asked, 'by'>): About => ({ incidentId, automatic });
