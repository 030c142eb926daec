/** Numbers round by round: what is measured in the same round is compared, and the median over rounds is told. */
import type { Measure, Ratio } from './result.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Value at the nearest rank; `sorted` ascending and not empty, `share` 0 … 1. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;

interface Subject {
  readonly subject: string;
  readonly condition: string;
}

const separator = '\u0000';

export class Rounds {
  readonly #values = new Map<string, number[]>();

  /** One round's numbers of one subject, by metric with unit. */
  add({ subject, condition }: Subject, metrics: Readonly<Record<string, number>>): void {
    for (const [metric, value] of Object.entries(metrics)) {
      const key = [subject, condition, metric].join(separator);
      const values = this.#values.get(key) ?? [];
      values.push(value);
      this.#values.set(key, values);
    }
  }

  /** All rounds of one metric, in order. */
  of({ subject, condition }: Subject, metric: string): readonly number[] {
    const values = this.#values.get([subject, condition, metric].join(separator));
    if (values === undefined) throw new Error(`Nothing measured: ${subject}, ${condition}, ${metric}`);
    return values;
  }

  measures(): Measure[] {
    return [...this.#values].map(([key, rounds]) => {
      const [subject, condition, metric] = key.split(separator) as [string, string, string];
      return { subject, condition, metric, median: median(rounds), rounds: [...rounds] };
    });
  }
}

/** Round by round, the one over the other. */
export function ratio(
  name: string,
  above: readonly number[],
  below: readonly number[],
  better: Ratio['better'] = 'higher',
): Ratio {
  if (above.length !== below.length) throw new Error(`Rounds differ: ${name}: ${above.length} and ${below.length}`);
  const rounds = above.map((value, round) => value / below[round]!);
  return { name, better, median: median(rounds), rounds };
}
