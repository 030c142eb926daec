/**
 * Which thread takes what is next, and over which generation?
 *
 * A message goes to any thread that is free, over the generation that serves when it leaves; that one stays open everywhere
 * until its last message is back. What a thread is to open or to let go of waits for its turn with that thread, and goes before
 * messages.
 *
 * A thread that is replaced leaves when what follows it is there and has answered, so no place is ever empty; where there is no room
 * for one more, it leaves first.
 */
import { EngineError } from '../../engine/errors.ts';
import type { SearchRequest, WorkerOutcome } from '../../engine/types.ts';
import type { EngineThread, ModelsReport } from './engine-thread.ts';
import type { Kept } from './keeper.ts';

interface Member {
  thread: EngineThread;
  busy: boolean;
  /** Whether another one has its place: it takes no more messages. */
  leaving: boolean;
  readonly chores: ((member: Member) => void)[];
}

export interface Replacing {
  /** A thread for that place. */
  readonly bear: (at: number) => EngineThread;
  /** Whether it is ready before the old one leaves. */
  readonly beside: boolean;
  /** Asks it before it takes messages. Rejects where it does not do: then the old one stays, where it has not left. */
  readonly probe: (thread: EngineThread, serving: Kept, models: ModelsReport) => Promise<void>;
  readonly signal: AbortSignal;
  /** Told after each, how many there are. */
  readonly replaced: (count: number) => void;
}

export class Crew {
  readonly #members: Member[];
  /** Messages that wait for a thread. */
  readonly #line: ((member: Member) => void)[] = [];
  /** What a newborn thread opens: the one that serves, the one that is to, and those of arms. */
  readonly #wanted = new Set<Kept>();
  /** Messages under way. */
  readonly #underway = new Map<Kept, number>();
  readonly #emptied = new Map<Kept, () => void>();
  #serving: Kept;
  #replacing: Promise<ModelsReport> | null = null;
  #closing = false;

  /** @param serving is yet to be opened */
  constructor(threads: readonly EngineThread[], serving: Kept) {
    this.#members = threads.map((thread) => ({ thread, busy: false, leaving: false, chores: [] }));
    this.#serving = serving;
  }

  get serving(): Kept {
    return this.#serving;
  }

  async search(requests: readonly SearchRequest[], stops: number): Promise<readonly WorkerOutcome[]> {
    const member = await this.#anyone();
    const kept = this.#serving;
    this.#count(kept, 1);
    try {
      return await member.thread.search(kept, requests, stops);
    } finally {
      this.#count(kept, -1);
      this.#free(member);
    }
  }

  /**
   * Opens a generation in one thread after the other, so that never all stand still. Where one cannot, it is let go of in all.
   *
   * @returns how models stand over it
   */
  async open(kept: Kept): Promise<ModelsReport> {
    this.#wanted.add(kept);
    try {
      const reports: ModelsReport[] = [];
      for (const member of this.#members) reports.push(await this.#with(member, (thread) => thread.open(kept)));
      return worstOf(reports);
    } catch (error) {
      await this.letGo(kept);
      throw error;
    }
  }

  /** Every thread applies what changed, and answers messages between one handful and the next. One that dies does when it is reborn. */
  async catchUp(kept: Kept): Promise<void> {
    const one = async (member: Member): Promise<void> => {
      while (await this.#with(member, (thread) => thread.catchUp(kept)));
    };
    await Promise.all(this.#members.map((member) => one(member).catch(() => {})));
  }

  /** Every thread knows what there is to know of arms. One that dies does when it is reborn. */
  async arm(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#with(member, (thread) => thread.arm()).catch(() => {})));
  }

  /** From now on messages go to this one, which is open. Resolves when the last message over the other is back. */
  async goOverTo(kept: Kept): Promise<void> {
    const old = this.#serving;
    this.#serving = kept;
    this.#wanted.delete(old);
    if ((this.#underway.get(old) ?? 0) === 0) return;
    await new Promise<void>((resolve) => this.#emptied.set(old, resolve));
  }

  /** Every thread lets go of it, and then its keeper does. A thread that has died holds nothing. */
  async letGo(kept: Kept): Promise<void> {
    this.#wanted.delete(kept);
    const { generation } = kept.manifest;
    for (const member of this.#members) await this.#with(member, (thread) => thread.letGo(generation)).catch(() => {});
    await kept.release();
  }

  /** The thread at that place died: the one that follows opens what it needs before it is asked. */
  reborn(at: number): void {
    const member = this.#members[at]!;
    for (const kept of this.#wanted) {
      // Where that fails, the next message to it tries again, and tells.
      void this.#with(member, (thread) => thread.open(kept)).catch(() => {});
    }
  }

  /**
   * Another thread at every place, one after the other.
   *
   * @returns how models stand over what serves
   * @throws EngineError action_refused while that is under way; and what the probe says, with the threads before that replaced
   */
  async replace(replacing: Replacing): Promise<ModelsReport> {
    if (this.#replacing !== null) throw new EngineError('action_refused', 'The workers are being replaced already');
    this.#replacing = this.#replaceAll(replacing);
    try {
      return await this.#replacing;
    } finally {
      this.#replacing = null;
    }
  }

  async #replaceAll(replacing: Replacing): Promise<ModelsReport> {
    const reports: ModelsReport[] = [];
    for (const at of this.#members.keys()) {
      replacing.signal.throwIfAborted();
      if (this.#closing) throw new EngineError('draining', 'The server is shutting down');
      reports.push(await (replacing.beside ? this.#replaceBeside(at, replacing) : this.#replaceAfter(at, replacing)));
      replacing.replaced(at + 1);
    }
    return worstOf(reports);
  }

  async #replaceBeside(at: number, { bear, probe }: Replacing): Promise<ModelsReport> {
    const thread = bear(at);
    const has = new Map<Kept, ModelsReport>();
    try {
      for (let step = this.#lacks(thread, has); step !== null; step = this.#lacks(thread, has)) await step;
      await this.#probe(thread, has, probe);
      for (let step = this.#lacks(thread, has); step !== null; step = this.#lacks(thread, has)) await step;
    } catch (error) {
      await thread.close();
      throw error;
    }
    // In the same turn as the last look at what is wanted: nobody who opens or lets go of something can miss it.
    const old = this.#members[at]!;
    const member: Member = { thread, busy: true, leaving: false, chores: [] };
    this.#members[at] = member;
    old.leaving = true;
    this.#free(member);
    await this.#with(old, () => old.thread.close());
    return has.get(this.#serving) ?? thread.open(this.#serving);
  }

  #replaceAfter(at: number, { bear, probe }: Replacing): Promise<ModelsReport> {
    const member = this.#members[at]!;
    return this.#with(member, async (old) => {
      await old.close();
      const thread = bear(at);
      member.thread = thread;
      const has = new Map<Kept, ModelsReport>();
      for (let step = this.#lacks(thread, has); step !== null; step = this.#lacks(thread, has)) await step;
      return this.#probe(thread, has, probe);
    });
  }

  /** Is a message like any other: what it asks over is let go of when it is back. */
  async #probe(
    thread: EngineThread,
    has: ReadonlyMap<Kept, ModelsReport>,
    probe: Replacing['probe'],
  ): Promise<ModelsReport> {
    const kept = this.#serving;
    const models = has.get(kept)!;
    this.#count(kept, 1);
    try {
      await probe(thread, kept, models);
      return models;
    } finally {
      this.#count(kept, -1);
    }
  }

  /** The next step to what is wanted of a thread that is no member yet; null where it is there. */
  #lacks(thread: EngineThread, has: Map<Kept, ModelsReport>): Promise<void> | null {
    const missing = [...this.#wanted].find((kept) => !has.has(kept));
    if (missing !== undefined)
      return thread.open(missing).then(
        (models) => void has.set(missing, models),
        (error: unknown) => {
          // It was let go of meanwhile, by its keeper too.
          if (this.#wanted.has(missing)) throw error;
        },
      );
    const gone = [...has.keys()].find((kept) => !this.#wanted.has(kept));
    if (gone === undefined) return null;
    has.delete(gone);
    return thread.letGo(gone.manifest.generation);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#replacing?.catch(() => {});
    await Promise.all(this.#members.map(({ thread }) => thread.close()));
    await Promise.all([...new Set([...this.#wanted, this.#serving])].map((kept) => kept.release()));
  }

  #count(kept: Kept, change: number): void {
    const count = (this.#underway.get(kept) ?? 0) + change;
    if (count > 0) this.#underway.set(kept, count);
    else {
      this.#underway.delete(kept);
      this.#emptied.get(kept)?.();
      this.#emptied.delete(kept);
    }
  }

  #anyone(): Promise<Member> {
    const idle = this.#members.find(({ busy }) => !busy);
    if (idle === undefined) return new Promise((resolve) => this.#line.push(resolve));
    idle.busy = true;
    return Promise.resolve(idle);
  }

  async #with<Result>(member: Member, ask: (thread: EngineThread) => Promise<Result>): Promise<Result> {
    if (member.busy) await new Promise((resolve) => member.chores.push(resolve));
    member.busy = true;
    try {
      return await ask(member.thread);
    } finally {
      this.#free(member);
    }
  }

  /** It stays busy for whoever is next. */
  #free(member: Member): void {
    const next = member.chores.shift() ?? (member.leaving ? undefined : this.#line.shift());
    if (next === undefined) member.busy = false;
    else next(member);
  }
}

const worstOf = (reports: readonly ModelsReport[]): ModelsReport =>
  reports.reduce((worst, report) => (readiness(report) < readiness(worst) ? report : worst));

const readiness = (report: ModelsReport): number =>
  Object.values(report).filter(({ state }) => state === 'ready').length;
