/**
 * Who asked how much, lately? A ring of runs: queries of one client in one second, the oldest overwritten. It is what a limit can be
 * tried on before it is set.
 *
 * Memory is fixed. Under a flood of many clients the ring reaches less far back, and says how far.
 */
import type { ClientKey } from './client-key.ts';
import type { Rate } from './gcra.ts';

const RUNS = 65_536;
/** Where the run of a client may be that is still growing; two clients that share one make more runs, no wrong ones. */
const RECENT = 4096;
export const RECORD_SECONDS = 300;
const TOLD = 20;

export interface Preview {
  /** What the record reaches back: 300 s at most, less after a start or in a flood of clients. */
  readonly recordedSeconds: number;
  readonly requests: number;
  /** Of those, what the limit would have refused, to within a second's worth a client. */
  readonly refused: number;
  readonly refusedPercent: number;
  readonly clients: number;
  readonly clientsRefused: number;
  /** Most refused first. */
  readonly worst: readonly { readonly client: string; readonly requests: number; readonly refused: number }[];
}

/** A client while its runs are gone through. */
interface Trial {
  readonly key: ClientKey;
  requests: number;
  refused: number;
  room: number;
  second: number;
}

export class Arrivals {
  readonly #high = new Int32Array(RUNS);
  readonly #low = new Int32Array(RUNS);
  readonly #second = new Float64Array(RUNS);
  readonly #queries = new Float64Array(RUNS);
  readonly #recent = new Int32Array(RECENT);
  /** Runs begun since the start. */
  #count = 0;

  /** @param second since the start, whole, never less than before */
  add({ high, low }: ClientKey, queries: number, second: number): void {
    const shelf = (Math.imul(high ^ (low >>> 7), 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> 20;
    const at = this.#recent[shelf]!;
    if (this.#count > 0 && this.#second[at] === second && this.#low[at] === low && this.#high[at] === high) {
      this.#queries[at]! += queries;
      return;
    }
    const fresh = this.#count % RUNS;
    this.#high[fresh] = high;
    this.#low[fresh] = low;
    this.#second[fresh] = second;
    this.#queries[fresh] = queries;
    this.#recent[shelf] = fresh;
    this.#count += 1;
  }

  /**
   * Whom would a rate have refused in the last five minutes? Each client begins with the whole burst; within a second its queries
   * are taken as spread evenly, so each run costs a few operations, however long it is.
   */
  preview({ periodNs, burst }: Rate, second: number, name: (key: ClientKey) => string): Preview {
    const perSecond = 1e9 / periodNs;
    const since = Math.max(second - RECORD_SECONDS, this.#reaches());
    const trials = new Map<number, Map<number, Trial>>();
    for (let run = Math.max(0, this.#count - RUNS); run < this.#count; run++) {
      const at = run % RUNS;
      if (this.#second[at]! < since) continue;
      const trial = trialOf(trials, { high: this.#high[at]!, low: this.#low[at]! }, burst, this.#second[at]!);
      trial.room = Math.min(burst, trial.room + (this.#second[at]! - trial.second) * perSecond);
      trial.second = this.#second[at]!;
      const passed = Math.min(this.#queries[at]!, Math.floor(trial.room + 1e-9));
      trial.room -= passed;
      trial.requests += this.#queries[at]!;
      trial.refused += this.#queries[at]! - passed;
    }
    const all = [...trials.values()].flatMap((column) => [...column.values()]);
    return summary(all, Math.max(0, second - since), name);
  }

  /** The second from which on nothing is missing. */
  #reaches(): number {
    return this.#count <= RUNS ? 0 : this.#second[this.#count % RUNS]! + 1;
  }
}

function trialOf(trials: Map<number, Map<number, Trial>>, key: ClientKey, room: number, second: number): Trial {
  const column = trials.get(key.high) ?? new Map<number, Trial>();
  trials.set(key.high, column);
  const trial = column.get(key.low) ?? { key, requests: 0, refused: 0, room, second };
  column.set(key.low, trial);
  return trial;
}

function summary(trials: readonly Trial[], recordedSeconds: number, name: (key: ClientKey) => string): Preview {
  const hit = trials.filter(({ refused }) => refused > 0).sort((a, b) => b.refused - a.refused);
  const requests = trials.reduce((sum, trial) => sum + trial.requests, 0);
  const refused = hit.reduce((sum, trial) => sum + trial.refused, 0);
  return {
    recordedSeconds,
    requests,
    refused,
    refusedPercent: requests === 0 ? 0 : Math.round((refused / requests) * 10_000) / 100,
    clients: trials.length,
    clientsRefused: hit.length,
    worst: hit.slice(0, TOLD).map(({ key, ...counts }) => ({
      client: name(key),
      requests: counts.requests,
      refused: counts.refused,
    })),
  };
}
