/**
 * Where several processes count: in the store while it answers in time, and in this process while it does not.
 *
 * The table of this process is kept in step with what the store decides: when the store goes, each process counts on from what it last
 * knew; when it comes back, it is told with each question what this process counted meanwhile, and holds the larger debt of the two. So
 * nothing is counted twice, whether a question that got no answer was counted there or not. What is forgotten: of what several
 * processes let through in that time, all but the most that one of them did.
 */
import type { ClientKey, Decision, LimitCounter, LocalCounter, Rate } from '../limits/index.ts';
import type { Store } from './store.ts';
import { decisionOf, nameOfClient, type RateChange, TAKE, type TakeQuestion, takeArguments } from './take-script.ts';

export interface SharedCounterParts {
  readonly store: Pick<Store, 'isUp' | 'ask'>;
  readonly local: LocalCounter;
  /** Of the keys of clients; another one when everyone is as new. */
  readonly prefix: () => string;
}

/** Rates that came one after the other while a client asked nothing: the debts of more are rounded up. */
const CHANGES_MAX = 8;

export class SharedCounter implements LimitCounter {
  readonly #parts: SharedCounterParts;
  #changes: { readonly sinceNs: number; readonly toleranceNs: number }[] = [];
  #latestNs = 0;
  /** What was asked before everyone was forgiven says nothing of what is owed since. */
  #life = 0;
  /** Decisions made in this process for want of the store. */
  alone = 0;

  constructor(parts: SharedCounterParts) {
    this.#parts = parts;
  }

  take(key: ClientKey, quantity: number, rate: Rate, nowNs: number): Decision | Promise<Decision> {
    this.#latestNs = Math.max(this.#latestNs, nowNs);
    const { store, local, prefix } = this.#parts;
    if (!store.isUp) return this.#takeAlone(key, quantity, rate);
    const owedNsMin = local.take(key, 0, rate, this.#latestNs).resetAfterNs;
    const question: TakeQuestion = { quantity, rate, owedNsMin, changes: this.#changesAt(nowNs), nowUs: null };
    const life = this.#life;
    return store.ask(TAKE, [prefix() + nameOfClient(key)], takeArguments(question)).then(
      (reply) => {
        const decision = decisionOf(reply, question);
        // From when it was asked: the answer is of later, so that what is known here is never more than is owed there.
        if (decision.resetAfterNs > 0 && life === this.#life) local.owe(key, decision.resetAfterNs, nowNs);
        return decision;
      },
      () => this.#takeAlone(key, quantity, rate),
    );
  }

  cap(rate: Rate, sinceNs: number): void {
    this.#parts.local.cap(rate, sinceNs);
    const toleranceNs = rate.periodNs * rate.burst;
    // One that left more room than this one says nothing more.
    const tighter = this.#changes.filter((change) => change.sinceNs + change.toleranceNs < sinceNs + toleranceNs);
    this.#changes = [...tighter, { sinceNs, toleranceNs }].slice(-CHANGES_MAX);
  }

  clear(): void {
    this.#life += 1;
    void this.#parts.local.clear();
  }

  status(): ReturnType<LimitCounter['status']> {
    return this.#parts.local.status();
  }

  #takeAlone(key: ClientKey, quantity: number, rate: Rate): Decision {
    this.alone += 1;
    return this.#parts.local.take(key, quantity, rate, this.#latestNs);
  }

  #changesAt(nowNs: number): RateChange[] {
    return this.#changes.map(({ sinceNs, toleranceNs }) => ({ agoNs: nowNs - sinceNs, toleranceNs }));
  }
}
