/**
 * Which thread takes what is next, and over which generation?
 *
 * A message goes to any thread that is free, over the generation that serves when it leaves; that one stays open everywhere
 * until its last message is back. What a thread is to open or to let go of waits for its turn with that thread, and goes before
 * messages.
 */
import type { SearchRequest, WorkerOutcome } from '../../engine/types.ts';
import type { EngineThread, ModelsReport } from './engine-thread.ts';
import type { Kept } from './keeper.ts';

interface Member {
  readonly thread: EngineThread;
  busy: boolean;
  readonly chores: ((member: Member) => void)[];
}

export class Crew {
  readonly #members: readonly Member[];
  /** Messages that wait for a thread. */
  readonly #line: ((member: Member) => void)[] = [];
  /** What a newborn thread opens: the one that serves, the one that is to, and those of arms. */
  readonly #wanted = new Set<Kept>();
  /** Messages under way. */
  readonly #underway = new Map<Kept, number>();
  readonly #emptied = new Map<Kept, () => void>();
  #serving: Kept;

  /** @param serving is yet to be opened */
  constructor(threads: readonly EngineThread[], serving: Kept) {
    this.#members = threads.map((thread) => ({ thread, busy: false, chores: [] }));
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
      return reports.reduce((worst, report) => (readiness(report) < readiness(worst) ? report : worst));
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

  async close(): Promise<void> {
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
    const next = member.chores.shift() ?? this.#line.shift();
    if (next === undefined) member.busy = false;
    else next(member);
  }
}

const readiness = (report: ModelsReport): number =>
  Object.values(report).filter(({ state }) => state === 'ready').length;
