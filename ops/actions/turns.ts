/** Whose turn is it? What touches the same is never under way at once, and what was done just now is not done again. */
import type { ActionDefinition } from './action.ts';

type Bound = Pick<ActionDefinition, 'id' | 'concurrencyKey' | 'cooldownMs' | 'timeBudgetMs'>;

/** So long at most may what was given up keep others from the same. */
const OVERTIME_MS = 60_000;

export class Turns {
  readonly #steadyMs: () => number;
  /** By concurrency key. */
  readonly #underWay = new Map<string, string>();
  readonly #endedMs = new Map<string, number>();

  /** @param steadyMs never jumps, as the calendar's clock does */
  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** What stands in the way now; null where nothing does. */
  hindrance({ id, concurrencyKey, cooldownMs }: Bound): string | null {
    const other = this.holder(concurrencyKey);
    if (other !== null) return `${other} is under way: ask again when it has ended`;
    const endedMs = this.#endedMs.get(id);
    const leftMs = endedMs === undefined ? 0 : endedMs + cooldownMs - this.#steadyMs();
    return leftMs > 0 ? `It was done just now: ask again in ${Math.ceil(leftMs / 1000)} s` : null;
  }

  /** What is under way with this key; null where nothing is. */
  holder(concurrencyKey: string): string | null {
    return this.#underWay.get(concurrencyKey) ?? null;
  }

  /** @param concurrencyKey '' for what keeps nobody from anything */
  take(concurrencyKey: string, what: string): void {
    if (concurrencyKey !== '') this.#underWay.set(concurrencyKey, what);
  }

  release(concurrencyKey: string): void {
    this.#underWay.delete(concurrencyKey);
  }

  /** From now on it is not done again for its cooldown. */
  rest({ id }: Bound): void {
    this.#endedMs.set(id, this.#steadyMs());
  }

  /** Of what was given up and still goes on: it keeps others from the same until it ends, though not for ever, since it may hang. */
  releaseAfter({ concurrencyKey, timeBudgetMs }: Bound, still: Promise<void>): void {
    const end = (): void => {
      clearTimeout(timer);
      this.release(concurrencyKey);
    };
    const timer = setTimeout(end, Math.min(timeBudgetMs, OVERTIME_MS)).unref();
    void still.finally(end);
  }
}
