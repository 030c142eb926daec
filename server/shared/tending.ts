/** What is done with each session: a trial, and an exchange of what is said for what is new. */
import { EXCHANGE, type Exchange, exchangeArguments, exchangeKeys, exchangeOf } from './exchange-script.ts';
import type { Fact, Facts } from './facts.ts';
import type { Run } from './store.ts';
import { decisionOf, TAKE, TRIAL, takeArguments, trialName } from './take-script.ts';

const SAID_MAX = 200;

export interface TendingParts {
  readonly facts: Facts;
  readonly prefix: string;
  /** Makes the name of a store's life. */
  readonly newEpoch: () => string;
}

/**
 * Brings store and facts together, so that each has what the other had. A store that was emptied or set back is given what this
 * process knows, as it is by all others; what none of them knows is lost, and whoever follows the facts is told that it may be.
 */
export class Tending {
  readonly #parts: TendingParts;
  readonly #keys: readonly string[];
  /** Of the store that was last heard. */
  #epoch: string | null = null;
  /** Up to which all was heard. */
  #known = 0;

  constructor(parts: TendingParts) {
    this.#parts = parts;
    this.#keys = exchangeKeys(parts.prefix);
  }

  /** @throws Error where the store fails, or answers what cannot be read */
  tend = async (run: Run, fresh: boolean): Promise<void> => {
    if (fresh) await this.#tryDecision(run);
    if (fresh || (await this.#catchUp(run))) await this.#reconcile(run);
  };

  /** A store that only reads, or has no memory left, is none: that shows when it is written to. */
  async #tryDecision(run: Run): Promise<void> {
    decisionOf(await run(TAKE, [trialName(this.#parts.prefix)], takeArguments(TRIAL)), TRIAL);
  }

  /** Says what is unsaid and hears what is new. @returns whether it is not the store that it was */
  async #catchUp(run: Run): Promise<boolean> {
    const { facts } = this.#parts;
    for (;;) {
      const said = facts.unsent(SAID_MAX);
      const told = await this.#exchange(run, this.#known, said);
      if (this.#isOther(told)) return true;
      for (const fact of told.facts) facts.hear(fact);
      facts.sent(said);
      this.#known = told.upTo;
      if (told.upTo === told.version && said.length < SAID_MAX) return false;
    }
  }

  /** Hears all that the store has, and says all that it has not. */
  async #reconcile(run: Run): Promise<void> {
    const { facts } = this.#parts;
    const mine = new Map(facts.settled().map((fact) => [fact.name, fact]));
    let missed = false;
    let told: Exchange;
    let from = 0;
    do {
      told = await this.#exchange(run, from, []);
      if (from === 0) missed = this.#isOther(told);
      for (const fact of told.facts) {
        const had = mine.get(fact.name);
        if (had === undefined || had.stamp <= fact.stamp) mine.delete(fact.name);
        facts.hear(fact);
      }
      from = told.upTo;
    } while (told.upTo < told.version);
    // What it had once, and has no more.
    facts.resend(mine.keys());
    if (missed || mine.size > 0) facts.missed();
    this.#epoch = told.epoch;
    this.#known = told.version;
    await this.#catchUp(run);
  }

  #isOther({ epoch, version }: Exchange): boolean {
    return this.#epoch !== null && (epoch !== this.#epoch || version < this.#known);
  }

  async #exchange(run: Run, known: number, said: readonly Fact[]): Promise<Exchange> {
    return exchangeOf(await run(EXCHANGE, this.#keys, exchangeArguments(this.#parts.newEpoch(), known, said)));
  }
}
