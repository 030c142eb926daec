/**
 * THE ONE PLACE where the state of the experiments changes, whoever changes it: an operator, the judgement, another process.
 *
 * ```
 * act ─▶ may that be? ─▶ arms that are new, opened in every worker ─▶ may it still be? ─▶ on the disk ─▶ in force ─▶ told
 * ```
 *
 * What gives somebody something new is refused where a step fails, with nothing changed. What takes it away needs no arm, so it is in
 * force when the call returns, even where the disk refuses to keep it.
 */
import { EngineError } from '../../engine/errors.ts';
import type { Variant } from '../../engine/variant.ts';
import type { ArmsControl } from '../arms/index.ts';
import { CANARY } from './assignment/index.ts';
import { Board, type Given } from './board.ts';
import { faultOfArms } from './check-arms.ts';
import { type Move, MoveRefused, moved, withEvent, withOne } from './moves.ts';
import { type AnnounceCanary, noteOf } from './notices.ts';
import type { CanarySettings } from './settings.ts';
import { type Act, AUTOMATIC, type CanaryState, type Experiment, experimentOf } from './state.ts';
import type { StateFile } from './state-file.ts';
import { armsInUse, variantOf, variantsFor } from './variants.ts';

export interface DeskParts {
  readonly settings: CanarySettings;
  readonly file: StateFile;
  readonly arms: ArmsControl;
  readonly wallMs: () => number;
  /** Something that nothing has been called yet. */
  readonly newId: () => string;
  readonly announce: AnnounceCanary;
  /** Told of everything that was done, and of what went wrong behind an answer. */
  readonly report: (event: string, detail: string) => void;
  /** Called when another state is in force. */
  readonly changed: (state: CanaryState) => void;
}

type Mine = Omit<Act, 'atMs'>;

/** What may not wait for a disk, nor for arms: it keeps people from what harms them. */
const TAKES_AWAY: ReadonlySet<Move['kind']> = new Set(['stop', 'disable', 'abort', 'pause']);

export class Desk {
  readonly #parts: DeskParts;
  /** What the variants of requests that are under way were given for. */
  readonly #givenOf = new WeakMap<readonly string[], Given>();
  #state: CanaryState;
  #board: Board;
  /** Why the state is not on the disk; null where it is. */
  #unkept: string | null = null;
  /** Variants that were stopped since they were opened. */
  readonly #halted = new Set<string>();
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: DeskParts, state: CanaryState) {
    this.#parts = parts;
    this.#state = state;
    this.#board = new Board(state, this.#givenOf);
    parts.arms.onArmLost((name, reason) => this.#lost(name, reason));
  }

  get state(): CanaryState {
    return this.#state;
  }

  get board(): Board {
    return this.#board;
  }

  get unkept(): string | null {
    return this.#unkept;
  }

  /** Opens the arms of the state that was found. What cannot be had is rolled back, and everybody is on its control. Never rejects. */
  start(): Promise<void> {
    return this.#inLine(async () => {
      if ((await this.#open(this.#state)) === null) return;
      let open: CanaryState = { ...this.#state, experiments: [] };
      for (const { name } of this.#state.experiments) {
        const more = (): CanaryState => withOne(open, experimentOf(this.#state, name)!);
        const refusal = await this.#open(more());
        if (refusal !== null) this.#rollBack(name, `it cannot be had: ${refusal.message}`);
        // Its control may be there all the same.
        if (refusal === null || (await this.#open(more())) === null) open = more();
      }
    });
  }

  /** Resolves at once, and is in force before it does, where nothing new has to be opened. */
  async act(move: Move, mine: Mine, dryRun = false): Promise<CanaryState | MoveRefused> {
    const { settings, wallMs, newId } = this.#parts;
    const act: Act = { ...mine, atMs: wallMs() };
    const parts = { settings, id: newId() };
    const make = (): CanaryState | MoveRefused => moved(this.#state, move, act, parts);
    const next = make();
    if (next instanceof MoveRefused) return next;
    if (dryRun) return faultOfArms(next) ?? next;
    const take = (): CanaryState | MoveRefused => {
      const now = make();
      return now instanceof MoveRefused ? now : (this.#take(now, TAKES_AWAY.has(move.kind)) ?? now);
    };
    if (TAKES_AWAY.has(move.kind) || this.#isOpen(next)) return take();
    return this.#inLine(async () => {
      const refusal = await this.#openMore(next);
      const result = refusal === null ? take() : new MoveRefused(refusal.code, refusal.message);
      if (result instanceof MoveRefused) await this.#tidy();
      return result;
    });
  }

  /** What the judgement found: another step, or an end. */
  progress(name: string, to: Partial<Experiment>, reason: string): void {
    const before = experimentOf(this.#state, name);
    if (before === undefined) return;
    const { phase = before.phase } = to;
    const last: Act = { by: AUTOMATIC, reason, atMs: this.#parts.wallMs() };
    const after: Experiment = { ...before, ...to, last };
    const event = phase === before.phase ? 'step' : phase;
    this.#take(withEvent(withOne(this.#state, after), { ...last, experiment: name, event }), true);
  }

  #rollBack(name: string, reason: string): void {
    this.progress(name, { phase: 'rolled_back' }, reason);
  }

  /** Another state, as other processes have it; `null` where they have nothing that is new here. */
  async follow(make: (state: CanaryState) => CanaryState | null, event: string): Promise<void> {
    const take = (): void => {
      const next = make(this.#state);
      if (next === null) return;
      const { last } = next.experiments.find((one) => !this.#state.experiments.includes(one)) ?? {};
      const act = next.stop ?? last ?? { by: AUTOMATIC, reason: '', atMs: this.#parts.wallMs() };
      this.#take(withEvent(next, { ...act, experiment: null, event: `heard: ${event}` }), true, false);
    };
    const next = make(this.#state);
    if (next === null) return;
    if (this.#addsNothing(next)) return take();
    await this.#inLine(async () => {
      const refusal = await this.#openMore(next);
      take();
      if (refusal === null) return;
      for (const one of this.#state.experiments)
        if (armsInUse(one).includes(CANARY) && this.#lacks(one))
          this.#rollBack(one.name, `a process cannot have it: ${refusal.message}`);
    });
  }

  /** Resolves when what was begun is done. Never rejects. */
  async settled(): Promise<void> {
    await this.#line;
  }

  /** In force from now on. @param anyway even where it cannot be kept */
  #take(next: CanaryState, anyway: boolean, own = true): MoveRefused | null {
    const { file, report, changed } = this.#parts;
    try {
      file.write(next);
      this.#unkept = null;
    } catch (error) {
      const detail = `The state of the experiments is not on the disk: ${(error as Error).message}: ${file.path}`;
      if (!anyway) return new MoveRefused('canary_unwritable', `Nothing was changed. ${detail}`);
      this.#unkept = detail;
      report('canary_unkept', detail);
    }
    const before = this.#state;
    this.#state = next;
    this.#board = new Board(next, this.#givenOf);
    this.#halt(before, next);
    changed(next);
    if (own) this.#tell(before, next);
    const { by, reason, event, experiment } = next.events.at(-1)!;
    const told = `${event} ${experiment ?? 'all'}, by ${by}: ${reason === '' ? 'no reason given' : reason}`;
    report(event === 'rolled_back' ? 'canary_rolled_back' : 'canary_changed', told);
    void this.#inLine(() => this.#tidy());
    return null;
  }

  /** Canaries that somebody was given and nobody is any more end in all workers at once, also those that are what is configured. */
  #halt(before: CanaryState, next: CanaryState): void {
    const left = new Set(variantsFor(next).map(({ name }) => name));
    const ended = variantsFor(before)
      .map(({ name }) => name)
      .filter((name) => !left.has(name));
    const given = canariesOf(next);
    if (ended.length === 0 && canariesOf(before).every((name) => given.includes(name))) return;
    for (const name of ended) this.#halted.add(name);
    this.#parts.arms.stopVariants(ended);
  }

  #tell(before: CanaryState, next: CanaryState): void {
    const { announce } = this.#parts;
    if (next.stop !== before.stop) {
      if (next.stop !== null) announce({ kind: 'stopped', act: next.stop });
      else {
        const { by, reason, atMs } = next.events.at(-1)!;
        announce({ kind: 'cleared', act: { by, reason, atMs } });
      }
    }
    for (const one of next.experiments) {
      const had = experimentOf(before, one.name);
      if (had === one) continue;
      const { name } = one;
      if (had?.revision !== one.revision) announce({ kind: 'experiment', experiment: one });
      else if (one.phase === 'rolled_back') announce({ kind: 'rolled_back', name, note: noteOf(one) });
      else announce({ kind: 'progress', name, note: noteOf(one) });
    }
    for (const { name } of before.experiments)
      if (experimentOf(next, name) === undefined) announce({ kind: 'forgotten', name });
  }

  #isOpen(state: CanaryState): boolean {
    const open = new Set(this.#parts.arms.variants.map(({ name }) => name));
    return variantsFor(state).every(({ name }) => open.has(name) && !this.#halted.has(name));
  }

  /** Whether workers need nothing for it that they are not to have already, whether that can be had or not. */
  #addsNothing(next: CanaryState): boolean {
    const now = new Set(variantsFor(this.#state).map(({ name }) => name));
    return variantsFor(next).every(({ name }) => now.has(name));
  }

  /** Lets go of what nobody may be given any more. */
  async #tidy(): Promise<void> {
    const kept = this.#kept(this.#state);
    if (kept.length < this.#parts.arms.variants.length) await this.#openAll(kept);
  }

  /** Of what workers have, what is needed. */
  #kept(...states: readonly CanaryState[]): Variant[] {
    const needed = new Set(states.flatMap(variantsFor).map(({ name }) => name));
    return this.#parts.arms.variants.filter(({ name }) => needed.has(name) && !this.#halted.has(name));
  }

  #lacks(one: Experiment): boolean {
    const open = new Set(this.#parts.arms.variants.map(({ name }) => name));
    return armsInUse(one).some((arm) => {
      const variant = variantOf(one, arm);
      return variant !== null && !open.has(variant.name);
    });
  }

  /**
   * What is to be, beside what is there. An experiment that stays as it is has what can be had of it: a control that is gone must not stand
   * in the way of all others.
   */
  #openMore(next: CanaryState): Promise<EngineError | null> {
    const now = this.#state;
    const changed = next.experiments.filter((one) => !now.experiments.includes(one));
    const known = new Set(variantsFor(now).map(({ name }) => name));
    const others = variantsFor(next).filter(({ name }) => !known.has(name));
    return this.#openAll([...this.#kept(now, next), ...others, ...variantsFor({ ...next, experiments: changed })]);
  }

  #open(state: CanaryState): Promise<EngineError | null> {
    return this.#openAll(variantsFor(state));
  }

  /** @returns why not; null where all are there */
  async #openAll(named: readonly Variant[]): Promise<EngineError | null> {
    const variants = [...new Map(named.map((variant) => [variant.name, variant])).values()];
    const halted = [...this.#halted];
    try {
      await this.#parts.arms.setVariants(variants);
      for (const name of halted) this.#halted.delete(name);
      return null;
    } catch (error) {
      if (error instanceof EngineError) return error;
      return new EngineError('internal', (error as Error).message);
    }
  }

  #lost(variant: string, reason: EngineError): void {
    this.#halted.add(variant);
    for (const one of this.#state.experiments)
      if (armsInUse(one).some((arm) => variantOf(one, arm)?.name === variant))
        this.#rollBack(one.name, `an arm was lost: ${reason.message}`);
  }

  /** One after the other: each sets all the variants that there are to be. */
  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => {});
    return done;
  }
}

/** Experiments of which somebody may be given the canary. */
const canariesOf = ({ stop, experiments }: CanaryState): string[] =>
  stop === null ? experiments.filter((one) => armsInUse(one).includes(CANARY)).map(({ name }) => name) : [];
