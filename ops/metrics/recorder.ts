/**
 * Every request leaves exactly one sample, whatever its end; recording it is a handful of additions.
 *
 * Series are made when first hit, and there are bounds to how many; what comes beyond is counted under the endpoint `other`, and
 * as `unnamed` in the events, so that nothing a caller sends can grow the table. Searches have room of their own: whoever asks
 * every address in every wrong way must not hide what becomes of them from the objectives.
 */
import { type Arm, CACHE_USES, OUTCOMES, type Outcome, RERANK_USES, type Sample, SEARCH_ENDPOINTS } from '../sample.ts';
import { addEvent, LiveSeries, type SharedCounts, sharedCounts } from './live-series.ts';
import type { Measure } from './series.ts';
import { mergeCounts, type SparseCounts } from './sparse.ts';
import type { SeriesTotals } from './totals.ts';

/** Combinations of endpoint, outcome, cache, reranking and arm that are counted apart: two series of 264 KiB each. */
const COMBINATIONS_MAX = { searches: 128, others: 64 };
export const OTHER = 'other';

const codes = <Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> =>
  Object.fromEntries(names.map((name, at) => [name, at])) as Record<Name, number>;
const OUTCOME_CODE = codes(OUTCOMES);
const CACHE_CODE = codes(CACHE_USES);
const RERANK_CODE = codes(RERANK_USES);

/** The series of one endpoint and arm, by their codes: found without making a name. */
interface Shelf {
  readonly endpoint: string;
  readonly arm: Arm;
  readonly slots: (Slot | undefined)[];
}

interface Slot {
  readonly total: LiveSeries;
  readonly totalCounts: SharedCounts;
  readonly queue: LiveSeries;
  readonly queueCounts: SharedCounts;
  /** Since the last step: the slowest request and the last one, the exemplars of their buckets. */
  slowestNs: number;
  slowestId: string;
  lastNs: number;
  lastId: string;
}

type SlotKey = Pick<Sample, 'endpoint' | 'arm' | 'outcome' | 'cache' | 'rerank'>;

export class Recorder {
  readonly #shelves = new Map<string, Map<Arm, Shelf>>();
  readonly #slots: Slot[] = [];
  readonly #made = { searches: 0, others: 0 };
  readonly #events = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  readonly #stages: readonly LiveSeries[];

  /** @param stages what the workers write themselves */
  constructor(stages: readonly LiveSeries[] = []) {
    this.#stages = stages;
  }

  record(sample: Sample): void {
    const { totalNs, queueNs, requestId, degraded } = sample;
    const slot = this.#slotOf(sample);
    addEvent(slot.totalCounts, totalNs);
    if (queueNs !== null) addEvent(slot.queueCounts, queueNs);
    slot.lastNs = totalNs;
    slot.lastId = requestId;
    if (totalNs >= slot.slowestNs) {
      slot.slowestNs = totalNs;
      slot.slowestId = requestId;
    }
    for (const reason of degraded) this.count(`degraded;${reason}`);
    if (sample.empty) this.count('empty');
  }

  /** An event without a duration. The names are ours, never a caller's. */
  count(event: string, times = 1): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + times);
  }

  /** Likewise, where somebody else counts. @param times since the start */
  setEvent(event: string, times: number): void {
    if (times > 0) this.#events.set(event, times);
  }

  /** What came since the last call, by tag; and the events likewise. @param timeMs stamps the exemplars */
  take(timeMs: number): { series: Map<string, SparseCounts>; events: Map<string, number> } {
    const series = new Map<string, SparseCounts>();
    const add = (live: LiveSeries): void => {
      const parts = live.take();
      if (parts.length > 0) series.set(live.tag, mergeCounts(parts));
    };
    for (const slot of this.#slots) {
      add(slot.total);
      add(slot.queue);
      if (slot.slowestNs < 0) continue;
      if (slot.lastId !== '') slot.total.exemplify({ requestId: slot.lastId, ns: slot.lastNs, timeMs });
      if (slot.slowestId !== '') slot.total.exemplify({ requestId: slot.slowestId, ns: slot.slowestNs, timeMs });
      slot.slowestNs = -1;
    }
    for (const stage of this.#stages) add(stage);
    const events = new Map<string, number>();
    for (const [name, count] of this.#events) {
      const grown = count - (this.#taken.get(name) ?? 0);
      if (grown > 0) events.set(name, grown);
      this.#taken.set(name, count);
    }
    return { series, events };
  }

  /** Makes a series before its first event: Prometheus sees no increase in what appears with a count. */
  expect(key: SlotKey): void {
    this.#slotOf(key);
  }

  /** Since the start, as of the last `take`. */
  totals(): SeriesTotals[] {
    const waits = this.#slots.flatMap(({ queue }) => (queue.count > 0 ? [queue] : []));
    return [...this.#slots.map(({ total }) => total), ...waits, ...this.#stages];
  }

  /** How many requests of each endpoint ended how since the start, up to this moment. */
  outcomes(): Map<string, Record<Outcome, number>> {
    const all = new Map<string, Record<Outcome, number>>();
    for (const { total } of this.#slots) {
      const { endpoint, outcome } = total.series;
      const counted =
        all.get(endpoint) ?? (Object.fromEntries(OUTCOMES.map((one) => [one, 0])) as Record<Outcome, number>);
      all.set(endpoint, counted);
      counted[outcome as Outcome] += total.countNow;
    }
    return all;
  }

  /** Since the start, up to this moment. */
  get events(): ReadonlyMap<string, number> {
    return this.#events;
  }

  #slotOf({ endpoint, arm, outcome, cache, rerank }: SlotKey): Slot {
    const shelf = this.#shelves.get(endpoint)?.get(arm) ?? this.#shelfOf(endpoint, arm);
    const code = (OUTCOME_CODE[outcome] * CACHE_USES.length + CACHE_CODE[cache]) * RERANK_USES.length;
    const slot = shelf.slots[code + RERANK_CODE[rerank]];
    return slot ?? this.#newSlot(shelf, code + RERANK_CODE[rerank], { outcome, cache, rerank });
  }

  #shelfOf(endpoint: string, arm: Arm): Shelf {
    const arms = this.#shelves.get(endpoint) ?? new Map<Arm, Shelf>();
    this.#shelves.set(endpoint, arms);
    const shelf = { endpoint, arm, slots: [] };
    arms.set(arm, shelf);
    return shelf;
  }

  #newSlot(shelf: Shelf, code: number, rest: Omit<SlotKey, 'endpoint' | 'arm'>): Slot {
    const { endpoint, arm } = shelf;
    const kind = SEARCH_ENDPOINTS.includes(endpoint) ? 'searches' : 'others';
    if (this.#made[kind] >= COMBINATIONS_MAX[kind] && endpoint !== OTHER) {
      this.count('unnamed');
      return this.#slotOf({ ...rest, endpoint: OTHER, arm });
    }
    this.#made[kind] += 1;
    const totalCounts = sharedCounts();
    const queueCounts = sharedCounts();
    const live = (measure: Measure, counts: SharedCounts): LiveSeries =>
      new LiveSeries({ measure, endpoint, arm, ...rest }, [counts]);
    const total = live('total', totalCounts);
    const queue = live('queue', queueCounts);
    const slot = { total, totalCounts, queue, queueCounts, slowestNs: -1, slowestId: '', lastNs: 0, lastId: '' };
    shelf.slots[code] = slot;
    this.#slots.push(slot);
    return slot;
  }
}
