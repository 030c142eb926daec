/** May this client ask so many queries now? Policy, count, record and the automatic block, put together. */
import type { Clock } from '../../engine/clock.ts';
import { Arrivals, type Preview } from './arrivals.ts';
import type { ClientKey } from './client-key.ts';
import type { LimitCounter } from './counter.ts';
import { type Decision, nanosecondsSince } from './gcra.ts';
import type { Announce, LimitNotice } from './notices.ts';
import { type LimitTerms, type Policy, PolicyInForce, policyOf } from './policy.ts';

export interface Ruling extends Decision {
  readonly policy: Policy;
  readonly quantity: number;
}

export class Limiter {
  readonly policy: PolicyInForce;
  /** Queries refused since the start, by the name of the policy. */
  readonly refused: Record<Policy['name'], number> = { default: 0, adjusted: 0 };
  readonly #counter: LimitCounter;
  readonly #clock: Clock;
  readonly #startUs: number;
  readonly #arrivals = new Arrivals();
  readonly #announce: Announce;
  /** That of the last decision. */
  #counted: Policy;

  constructor(configured: LimitTerms, counter: LimitCounter, clock: Clock, announce: Announce) {
    this.#announce = announce;
    this.policy = new PolicyInForce(configured, clock);
    this.#counter = counter;
    this.#clock = clock;
    this.#startUs = clock.nowUs();
    this.#counted = this.policy.at(this.#startUs);
  }

  /** Whether a single query would pass; takes nothing. */
  look(key: ClientKey): Ruling | Promise<Ruling> {
    const nowUs = this.#clock.nowUs();
    const policy = this.#policyAt(nowUs);
    const looked = (decision: Decision): Ruling => ({ ...decision, policy, quantity: 1 });
    const decision = this.#counter.take(key, 0, policy, nanosecondsSince(this.#startUs, nowUs));
    return decision instanceof Promise ? decision.then(looked) : looked(decision);
  }

  take(key: ClientKey, quantity: number): Ruling | Promise<Ruling> {
    const nowUs = this.#clock.nowUs();
    const policy = this.#policyAt(nowUs);
    this.#arrivals.add(key, quantity, this.#second(nowUs));
    const ruled = (decision: Decision): Ruling => {
      if (!decision.allowed) this.refused[policy.name] += quantity;
      const { allowed, remaining, retryAfterNs, resetAfterNs } = decision;
      return { allowed, remaining, retryAfterNs, resetAfterNs, policy, quantity };
    };
    const decision = this.#counter.take(key, quantity, policy, nanosecondsSince(this.#startUs, nowUs));
    return decision instanceof Promise ? decision.then(ruled) : ruled(decision);
  }

  /** Whom a limit would have refused in the last five minutes, by the record of what was asked. */
  preview(terms: LimitTerms, name: (key: ClientKey) => string): Preview {
    return this.#arrivals.preview(policyOf('adjusted', terms), this.#second(this.#clock.nowUs()), name);
  }

  /** Another limit, here and in every process. */
  adjust(terms: LimitTerms, seconds: number): void {
    const sinceMs = this.#clock.wallMs();
    this.policy.adjust(terms, seconds);
    this.#announce({ kind: 'adjusted', terms, sinceMs, untilMs: sinceMs + seconds * 1000 });
  }

  /** The configured limit, and everyone as new; here and in every process. */
  async reset(): Promise<void> {
    this.policy.restore();
    this.#announce({ kind: 'restored' });
    this.#announce({ kind: 'forgiven' });
    await this.#counter.clear();
  }

  /** What another process announced. */
  adopt(notice: Extract<LimitNotice, { kind: 'adjusted' | 'restored' | 'forgiven' }>): void | Promise<void> {
    if (notice.kind === 'restored') return this.policy.restore();
    if (notice.kind === 'forgiven') return this.#counter.clear();
    const leftS = (notice.untilMs - this.#clock.wallMs()) / 1000;
    if (leftS > 0) this.policy.adjust(notice.terms, leftS, notice.sinceMs);
  }

  status(): ReturnType<LimitCounter['status']> {
    return this.#counter.status();
  }

  #policyAt(nowUs: number): Policy {
    const policy = this.policy.at(nowUs);
    if (policy !== this.#counted) this.#counter.cap(policy, nanosecondsSince(this.#startUs, this.policy.sinceUs));
    this.#counted = policy;
    return policy;
  }

  #second(nowUs: number): number {
    return Math.floor((nowUs - this.#startUs) / 1e6);
  }
}
