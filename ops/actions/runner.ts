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
import { type Asked, type Run, Runs } from './runs.ts';
import { Turns } from './turns.ts';

export interface RunnerParts {
  readonly actions: readonly ActionDefinition[];
  readonly nowMs: () => number;
  /** Never jumps, as that of the calendar does: what a wait is measured by. */
  readonly steadyMs: () => number;
  /** Unique, sorts by time. */
  readonly nextId: () => string;
  /**
   * Told of each change of a record, refusals too: for the audit log and the incident. Awaited before an action begins; where it fails
   * the action is done all the same, since a disk that is full must not keep anybody from putting things right.
   */
  readonly told: (record: ActionRecord) => Promise<void> | void;
}

const AGAIN_MS = 60_000;
const SAID_CHARS_MAX = 4000;
const TIMED_OUT = Symbol('timed out');

interface Ended {
  readonly record: ActionRecord;
  /** Resolves when what was given up has ended; null where nothing goes on. */
  readonly still: Promise<void> | null;
}

export class ActionRunner {
  readonly #parts: RunnerParts;
  readonly #actions: ReadonlyMap<string, ActionDefinition>;
  readonly #runs = new Runs();
  readonly #turns: Turns;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.steadyMs);
    this.#actions = new Map(parts.actions.map((action) => [action.id, action]));
  }

  get actions(): readonly ActionDefinition[] {
    return this.#parts.actions;
  }

  /** Newest first. */
  get records(): readonly ActionRecord[] {
    return this.#runs.records;
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
      return (await action.objection?.(parameters, aboutOf(asked))) ?? this.#turns.hindrance(action);
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
    const run = this.#runs.begin(this.#parts.nextId(), parameters, asked, this.#parts.nowMs());
    const refusal = await this.#refusal(action, parameters, asked);
    if (refusal !== null) return this.#end(run, refusal.state, { said: refusal.said });
    await this.#tell(run);
    const { record, still } = await this.#run(action, parameters, run);
    // Who failed may try again at once.
    if (record.state !== 'failed') this.#turns.rest(action);
    if (still === null) this.#turns.release(action.concurrencyKey);
    else this.#turns.releaseAfter(action, still);
    return record;
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
        this.#turns.hindrance(action) ??
        (await action.objection?.(parameters, aboutOf(asked))) ??
        // Somebody else may have begun meanwhile.
        this.#turns.hindrance(action);
      if (said !== null) return { state: 'refused', said };
      this.#turns.take(action.concurrencyKey, action.id);
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
    for (const run of this.#runs.due(this.#parts.steadyMs()))
      if (run.undo !== undefined && this.#busyWith(run) === null)
        await this.#takeBack(run, 'expired', 'taken back by itself, when its time was over');
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
    return this.#turns.holder(this.#actionOf(record.actionId).concurrencyKey);
  }

  /** @returns what came of it; and what is still under way where it was given up */
  async #run(action: ActionDefinition, parameters: object, run: Run): Promise<Ended> {
    const ends = new AbortController();
    const timer = setTimeout(() => ends.abort(), action.timeBudgetMs);
    const late = new Promise<typeof TIMED_OUT>((resolve) => {
      ends.signal.addEventListener('abort', () => resolve(TIMED_OUT), { once: true });
    });
    const ended = async (state: RunState, more: { said?: string; effect?: Effect | null }): Promise<Ended> => ({
      record: await this.#end(run, state, more),
      still: null,
    });
    try {
      const { by, incidentId, automatic } = run.record;
      const running = action.run(parameters, { by, incidentId, automatic, signal: ends.signal });
      const done = await Promise.race([running, late]);
      if (done === TIMED_OUT) return await this.#overtime(action, run, running);
      this.#note(run, done);
      const probed = done.probe === undefined ? null : await Promise.race([done.probe(ends.signal), late]);
      const effect = probed === TIMED_OUT ? { ok: false, said: 'Its effect could not be measured in time' } : probed;
      return await ended(effect === null || effect.ok ? 'done' : 'without_effect', { effect });
    } catch (error) {
      const why = whyOf(error);
      // What was done before its effect could not be measured is told, too.
      return await ended('failed', { said: run.record.said === '' ? why : `${run.record.said}; ${why}` });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Given up; but what it still does after that is told, and can be taken back as if it had been in time. */
  async #overtime(action: ActionDefinition, run: Run, running: Promise<Done>): Promise<Ended> {
    const givenUp = `It did not end within ${action.timeBudgetMs / 1000} s`;
    const record = await this.#end(run, 'timed_out', { said: givenUp });
    const after = async (done: Done): Promise<void> => {
      this.#note(run, { ...done, said: `${givenUp}, but later: ${done.said}` });
      await this.#tell(run);
    };
    return { record, still: running.then(after, () => {}) };
  }

  #note(run: Run, { said, details, undo, expiresInMs }: Done): void {
    run.undo = undo;
    run.expiresMs = expiresInMs === undefined ? null : this.#parts.steadyMs() + expiresInMs;
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
    const { actionId } = run.record;
    const { concurrencyKey } = this.#actionOf(actionId);
    const undo = run.undo!;
    run.undo = undefined;
    run.expiresMs = null;
    run.record = { ...run.record, undoable: false, expiresAtMs: null };
    this.#turns.take(concurrencyKey, `Taking back ${actionId}`);
    try {
      const said = await undo();
      run.record = { ...run.record, state, said: `${run.record.said}; ${how}: ${said}` };
    } catch (error) {
      run.undo = undo;
      const { message } = error as Error;
      const said = `${run.record.said}; could not be taken back: ${message}`.slice(0, SAID_CHARS_MAX);
      run.record = { ...run.record, undoable: true, said };
      if (state === 'expired') this.#againIn(run, AGAIN_MS);
    } finally {
      this.#turns.release(concurrencyKey);
    }
    await this.#tell(run);
    return run.record;
  }

  /** What was to end by itself is tried again. */
  #againIn(run: Run, ms: number): void {
    run.expiresMs = this.#parts.steadyMs() + ms;
    run.record = { ...run.record, expiresAtMs: this.#parts.nowMs() + ms };
  }
}

const whyOf = (error: unknown): string =>
  error instanceof EngineError ? `${error.code}: ${error.message}` : String(error);

const aboutOf = ({ incidentId = null, automatic = false }: Omit<Asked, 'by'>): About => ({ incidentId, automatic });
