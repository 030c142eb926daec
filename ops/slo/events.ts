/** How many events does an interval hold for each objective, and how many of them are bad? */
import type { Interval } from '../metrics/interval.ts';
import { COUNTS, indexOf } from '../metrics/layout.ts';
import { seriesOf } from '../metrics/series.ts';
import { eachCount } from '../metrics/sparse.ts';
import { isBad, isValid, type Outcome } from '../sample.ts';
import type { Objective } from './objective.ts';

export interface Tally {
  bad: number;
  total: number;
}

/** What the events of a series are to one objective. */
interface Role {
  /** Place of the objective. */
  readonly at: number;
  /** Events at a higher index of the histogram are bad. */
  readonly goodMax: number;
}

const ALL_GOOD = COUNTS - 1;
const ALL_BAD = -1;
const NS_PER_MS = 1_000_000;
/** Tags whose roles are remembered; far more than a process has series. */
const TAGS_MAX = 4096;

export class Events {
  readonly #objectives: readonly Objective[];
  readonly #roles = new Map<string, readonly Role[]>();

  constructor(objectives: readonly Objective[]) {
    this.#objectives = objectives;
  }

  /** One tally an objective, in their order. Each histogram is read once, as it is encoded. */
  of({ series }: Pick<Interval, 'series'>): Tally[] {
    const tallies = this.#objectives.map(() => ({ bad: 0, total: 0 }));
    for (const [tag, counts] of series) {
      const roles = this.#rolesOf(tag);
      if (roles.length === 0) continue;
      eachCount(counts, (index, count) => {
        for (const { at, goodMax } of roles) {
          const tally = tallies[at]!;
          tally.total += count;
          if (index > goodMax) tally.bad += count;
        }
      });
    }
    return tallies;
  }

  #rolesOf(tag: string): readonly Role[] {
    let roles = this.#roles.get(tag);
    if (roles === undefined) {
      roles = this.#objectives.flatMap((objective, at) => {
        const goodMax = goodMaxOf(tag, objective);
        return goodMax === null ? [] : [{ at, goodMax }];
      });
      if (this.#roles.size >= TAGS_MAX) this.#roles.clear();
      this.#roles.set(tag, roles);
    }
    return roles;
  }
}

/** Null where the series holds no events of the objective. */
function goodMaxOf(tag: string, { indicator, endpoints }: Objective): number | null {
  const series = seriesOf(tag);
  if (series?.measure !== 'total' || !endpoints.includes(series.endpoint)) return null;
  const outcome = series.outcome as Outcome;
  if (indicator.kind === 'latency') return outcome === 'answered' ? indexOf(indicator.thresholdMs * NS_PER_MS) : null;
  if (!isValid(outcome)) return null;
  return isBad(outcome) ? ALL_BAD : ALL_GOOD;
}
