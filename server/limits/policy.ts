/** Which limit is in force, since when, until when? The configured one, or an operator's in its place for a while. */
import type { Clock } from '../../engine/clock.ts';
import type { Rate } from './gcra.ts';

export interface LimitTerms {
  /** Queries in a window, on average. */
  readonly maxRequests: number;
  readonly windowSeconds: number;
  /** Queries at once, after a rest. */
  readonly burst: number;
}

export interface Policy extends LimitTerms, Rate {
  readonly name: 'default' | 'adjusted';
  /** How it is told on each answer. */
  readonly header: readonly ['ratelimit-policy', string];
  readonly limitHeader: readonly ['x-ratelimit-limit', string];
}

export interface PolicyStatus extends LimitTerms {
  readonly name: Policy['name'];
  /** ISO 8601. */
  readonly since: string;
  /** When the configured one is restored; null for that one itself. */
  readonly until: string | null;
}

/** Longest rest after which a whole burst is there again: above it, nanoseconds would not be whole. */
export const REST_SECONDS_MAX = 30 * 86_400;

const NS_PER_S = 1e9;

export const restSeconds = ({ maxRequests, windowSeconds, burst }: LimitTerms): number =>
  (burst * windowSeconds) / maxRequests;

/** What a window holds is never exceeded by rounding: the period is rounded up. */
export function policyOf(name: Policy['name'], { maxRequests, windowSeconds, burst }: LimitTerms): Policy {
  const restS = Math.ceil(restSeconds({ maxRequests, windowSeconds, burst }));
  return {
    name,
    maxRequests,
    windowSeconds,
    burst,
    periodNs: Math.ceil((windowSeconds * NS_PER_S) / maxRequests),
    header: ['ratelimit-policy', `"${name}";q=${burst};w=${restS}`],
    limitHeader: ['x-ratelimit-limit', String(burst)],
  };
}

export class PolicyInForce {
  readonly #configured: Policy;
  readonly #clock: Clock;
  #policy: Policy;
  /** These two on the clock that never goes back. */
  #sinceUs: number;
  #untilUs = Number.POSITIVE_INFINITY;

  constructor(configured: LimitTerms, clock: Clock) {
    this.#configured = policyOf('default', configured);
    this.#clock = clock;
    this.#policy = this.#configured;
    this.#sinceUs = clock.nowUs();
  }

  /** Looked up by each request, so that it ends on time without a timer. */
  at(nowUs: number): Policy {
    if (nowUs >= this.#untilUs) this.#set(this.#configured, this.#untilUs, Number.POSITIVE_INFINITY);
    return this.#policy;
  }

  /** When that of the last {@link at} began. */
  get sinceUs(): number {
    return this.#sinceUs;
  }

  /** @param seconds from now; @param sinceMs on the wall clock, where it began before */
  adjust(terms: LimitTerms, seconds: number, sinceMs = this.#clock.wallMs()): void {
    const nowUs = this.#clock.nowUs();
    const agoUs = Math.max(0, this.#clock.wallMs() - sinceMs) * 1000;
    this.#set(policyOf('adjusted', terms), nowUs - agoUs, nowUs + seconds * 1e6);
  }

  restore(): void {
    const nowUs = this.#clock.nowUs();
    if (this.at(nowUs) !== this.#configured) this.#set(this.#configured, nowUs, Number.POSITIVE_INFINITY);
  }

  status(): PolicyStatus {
    const nowUs = this.#clock.nowUs();
    const { name, maxRequests, windowSeconds, burst } = this.at(nowUs);
    const wallOf = (us: number): string => new Date(this.#clock.wallMs() + (us - nowUs) / 1000).toISOString();
    return {
      name,
      maxRequests,
      windowSeconds,
      burst,
      since: wallOf(this.#sinceUs),
      until: Number.isFinite(this.#untilUs) ? wallOf(this.#untilUs) : null,
    };
  }

  #set(policy: Policy, sinceUs: number, untilUs: number): void {
    this.#policy = policy;
    this.#sinceUs = sinceUs;
    this.#untilUs = untilUs;
  }
}
