/** How much of an objective's error budget did it burn? */
import type { Interval } from '../metrics/interval.ts';
import { countAbove } from '../metrics/quantiles.ts';
import { seriesOf } from '../metrics/series.ts';
import { totalOf } from '../metrics/sparse.ts';
import { isBad, isValid } from '../sample.ts';
import type { ObjectiveStatus } from '../snapshot.ts';
import type { BudgetBurned } from './record/measured.ts';

const MINUTES_A_DAY = 1440;

export class BudgetCount {
  readonly #objective: ObjectiveStatus;
  #bad = 0;
  #total = 0;

  /** @param objective with the events of its whole window, those that are counted here among them */
  constructor(objective: ObjectiveStatus) {
    this.#objective = objective;
  }

  add({ series }: Interval): void {
    const { indicator, thresholdMs, endpoints } = this.#objective;
    for (const [tag, counts] of series) {
      const known = seriesOf(tag);
      if (known === null || known.measure !== 'total' || known.outcome === '' || !endpoints.includes(known.endpoint))
        continue;
      const latency = indicator === 'latency';
      if (latency ? known.outcome !== 'answered' : !isValid(known.outcome)) continue;
      const count = totalOf(counts);
      this.#total += count;
      if (latency) this.#bad += countAbove(counts, (thresholdMs ?? 0) * 1e6);
      else if (isBad(known.outcome)) this.#bad += count;
    }
  }

  /** The window's budget in bad minutes is what of it may be bad: 0.5 % of 28 days are 201.6. */
  burned(): BudgetBurned {
    const { name, targetPercent, windowDays, total } = this.#objective;
    const allowed = ((100 - targetPercent) / 100) * total;
    const share = allowed > 0 ? this.#bad / allowed : null;
    const minutes = windowDays * MINUTES_A_DAY * ((100 - targetPercent) / 100);
    return {
      objective: name,
      bad: this.#bad,
      total: this.#total,
      burnedPercent: share === null ? null : share * 100,
      burnedMinutes: share === null ? null : share * minutes,
    };
  }
}
