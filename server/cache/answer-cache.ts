/**
 * Has this been answered before?
 *
 * ```
 * fresh ─▶ hit      stale ─▶ stale, and a new one is asked for behind it      neither ─▶ asked, once for all who want it (miss)
 *                                                                              └─ fails, and there is an old one ─▶ stale
 * ```
 *
 * Failures are told to those who wait for them and then forgotten. A cache that fails itself is counted, and asked around.
 */
import type { Clock } from '../../engine/clock.ts';
import { generationOf, isSettled } from '../../engine/index.ts';
import type { SearchOutcome, SearchRequest } from '../../engine/types.ts';
import type { Sample } from '../../ops/index.ts';
import { type Answer, answerOf } from './answer.ts';
import { keyOf, type Question } from './answer-key.ts';
import { Flights, type SetTimer } from './flights.ts';
import { type Age, ageOf, type FreshnessSettings, keepingOf } from './freshness.ts';
import { Front } from './front.ts';
import type { AnnounceCache } from './notices.ts';
import { bytesOfStored, type Spilling, type Stored } from './stored.ts';
import { Switch } from './switch.ts';
import { type Kept, TinyLfu } from './tiny-lfu.ts';

export interface AnswerCacheSettings extends FreshnessSettings {
  readonly enabled: boolean;
  /** For answers, their keys, and the addresses that lead to them. */
  readonly bytesMax: number;
  readonly entriesMax: number;
}

export interface AnswerCacheParts {
  readonly settings: AnswerCacheSettings;
  readonly clock: Clock;
  readonly setTimer?: SetTimer;
  /** Of the hash by which popularity is counted. */
  readonly seed: number;
  /** Time that a question asked on nobody's behalf may take. */
  readonly deadlineMs: number;
  readonly spill?: Spilling;
  /** For how long, milliseconds, answers have not been known by that name; null for too long. */
  readonly goneForMs?: (generation: string) => number | null;
  /** Told each time the cache itself fails. */
  readonly failed: () => void;
  /** Whether it is to fail on purpose. */
  readonly struck?: () => boolean;
  /** Told of what an operator does to it, for the caches of other processes. */
  readonly announce?: AnnounceCache;
}

type Failure = Exclude<SearchOutcome, { kind: 'ok' }>;

type Loaded = { readonly kind: 'ok'; readonly answer: Answer; readonly queueMs: number } | Failure;

export type Found = {
  readonly use: Sample['cache'];
  /** Of the query that was run for this caller; null where none was. */
  readonly queueMs: number | null;
  /** Whether a query was run for this caller: not where the answer was there, or is another's. */
  readonly ran: boolean;
} & ({ readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly outcome: Failure });

/** Runs a query; never rejects. @param behind whether nobody waits for it */
export type Ask = (request: SearchRequest, behind: boolean) => Promise<SearchOutcome>;

interface Loading {
  readonly ask: Ask;
  readonly behind: boolean;
  readonly address: string | null;
}

/** Of what the cache may use, for {@link Front}. */
const FRONT_SHARE = 1 / 16;
const FRONT_ADDRESSES_PER_ENTRY = 2;
const RETRY_MS = 1000;
const LATE: Failure = { kind: 'deadline', stage: 'totalMs' };

const systemTimer: SetTimer = (fire, afterMs) => {
  const timer = setTimeout(fire, afterMs);
  return () => clearTimeout(timer);
};

export class AnswerCache {
  readonly power: Switch;
  readonly announce: AnnounceCache;
  /** Since the start. */
  readonly counted = { joined: 0, refreshed: 0, servedOnError: 0 };
  readonly #parts: AnswerCacheParts;
  readonly #store: TinyLfu<Stored>;
  readonly #front: Front<Stored>;
  readonly #flights: Flights<Loaded>;
  readonly #struck: () => boolean;
  /** Changes when everything is cleared: what was asked for before is not kept. */
  #epoch = 0;

  constructor(parts: AnswerCacheParts) {
    this.#parts = parts;
    const { settings, clock, setTimer = systemTimer, seed, announce = () => {}, struck = () => false } = parts;
    this.announce = announce;
    this.#struck = struck;
    const { entriesMax } = settings;
    const frontBytesMax = Math.floor(settings.bytesMax * FRONT_SHARE);
    this.#store = new TinyLfu({ entriesMax, bytesMax: settings.bytesMax - frontBytesMax, seed });
    this.#front = new Front({ entriesMax: entriesMax * FRONT_ADDRESSES_PER_ENTRY, bytesMax: frontBytesMax });
    this.#flights = new Flights({ clock, setTimer, late: LATE });
    this.power = new Switch(clock, settings.enabled);
  }

  get settings(): AnswerCacheSettings {
    return this.#parts.settings;
  }

  /** How it goes with what is kept beside the memory; null where nothing is. */
  get spilled(): object | null {
    return this.#parts.spill?.stats ?? null;
  }

  /** Answers, and bytes of all that is kept. */
  get size(): { entries: number; bytes: number; evicted: number; refused: number } {
    const { entries, bytes, evicted, refused } = this.#store;
    return { entries, bytes: bytes + this.#front.bytes, evicted, refused };
  }

  /** A fresh answer to an address that has been answered before; null sends the caller the long way. */
  at(address: string, generation: string): Answer | null {
    if (!this.power.isOn || this.#struck()) return null;
    const kept = this.#front.find(address);
    if (kept === null || this.#ageOf(kept.value!, generation) !== 'fresh') return null;
    this.#store.use(kept);
    return kept.value!.answer;
  }

  /** @param address that asks this question, or null where it has none */
  async answer(question: Question, ask: Ask, address: string | null): Promise<Found> {
    if (!this.power.isOn) return found('none', await load(question, ask, false));
    const key = keyOf(question);
    const kept = this.#find(key);
    const age = kept === null ? 'over' : this.#ageOf(kept.value!, question.generation);
    if (kept !== null && (age === 'fresh' || age === 'stale')) {
      if (address !== null) this.#front.lead(address, kept);
      const { answer } = kept.value!;
      if (age === 'stale') this.#refresh(key, kept.value!, question, ask);
      return { ok: true, use: age === 'fresh' ? 'hit' : 'stale', queueMs: null, ran: false, answer };
    }
    const old = age === 'aged' ? kept!.value : null;
    const epoch = this.#epoch;
    const { deadlineAtMs } = question.request;
    const flight = this.#flights.join(flightOf(key, question), deadlineAtMs ?? this.#latestMs(), () =>
      this.#loadAndKeep(key, question, { ask, behind: false, address }),
    );
    if (flight.joined) this.counted.joined += 1;
    const loaded = await flight.result;
    if (loaded.kind !== 'ok' && old !== null && epoch === this.#epoch) {
      this.counted.servedOnError += 1;
      return { ok: true, use: 'stale', queueMs: null, ran: !flight.joined, answer: old.answer };
    }
    const mine = found('miss', loaded);
    return flight.joined ? { ...mine, queueMs: null, ran: false } : mine;
  }

  /** Whether anything is known of a question, or is being found out. Counts as no use of it. */
  knows(question: Question): boolean {
    if (!this.power.isOn) return false;
    const key = keyOf(question);
    return this.#store.has(key) || this.#flights.has(key);
  }

  /** @returns how many answers were dropped */
  clear(): number {
    const { entries } = this.#store;
    this.#epoch += 1;
    this.#flights.close();
    this.#store.clear();
    this.#front.clear();
    this.#parts.spill?.clear();
    return entries;
  }

  /** Takes back what was kept elsewhere. */
  restore(key: string, stored: Stored): void {
    if (this.#ageOf(stored, stored.answer.generation) === 'over') return;
    this.#store.get(key);
    this.#store.set(key, stored, bytesOfStored(key, stored));
  }

  /** One that a change has made old may be given for a moment, while a new one is asked for. */
  #ageOf({ answer, keeping, hadAtUs }: Stored, generation: string): Age {
    const { clock, settings, goneForMs = () => null } = this.#parts;
    const age = ageOf((clock.nowUs() - hadAtUs) / 1000, keeping, settings);
    if (answer.generation === generation) return age;
    const goneMs = goneForMs(answer.generation);
    const passes = goneMs !== null && goneMs < settings.changedMs;
    return passes && (age === 'fresh' || age === 'stale') ? 'stale' : 'over';
  }

  #find(key: string): Kept<Stored> | null {
    return this.#guarded(() => this.#store.get(key) ?? null);
  }

  /** Asks behind a caller who was served already. */
  #refresh(key: string, stored: Stored, question: Question, ask: Ask): void {
    const { clock, failed } = this.#parts;
    const flight = flightOf(key, question);
    if (this.#flights.has(flight) || clock.nowUs() < stored.retryAtUs) return;
    stored.retryAtUs = clock.nowUs() + RETRY_MS * 1000;
    this.counted.refreshed += 1;
    const deadlineAtMs = this.#latestMs();
    const mine = { ...question, request: { ...question.request, deadlineAtMs } };
    void this.#flights
      .join(flight, deadlineAtMs, () => this.#loadAndKeep(key, mine, { ask, behind: true, address: null }))
      .result.catch(failed);
  }

  #latestMs(): number {
    return this.#parts.clock.wallMs() + this.#parts.deadlineMs;
  }

  async #loadAndKeep(key: string, question: Question, { ask, behind, address }: Loading): Promise<Loaded> {
    const epoch = this.#epoch;
    const loaded = await load(question, ask, behind);
    if (loaded.kind === 'ok' && epoch === this.#epoch && isAnswerTo(question, loaded.answer))
      this.#guarded(() => this.#keep(key, loaded.answer, address));
    return loaded;
  }

  #keep(key: string, answer: Answer, address: string | null): null {
    const { settings, clock, spill } = this.#parts;
    const keeping = keepingOf(answer.facts.degraded, settings);
    if (keeping === 'never' || !this.power.isOn) return null;
    if (keeping === 'brief' && this.#hasBetter(key, answer.generation)) return null;
    const stored = { answer, keeping, hadAtUs: clock.nowUs(), retryAtUs: 0 };
    const kept = this.#store.set(key, stored, bytesOfStored(key, stored));
    if (kept !== null && address !== null) this.#front.lead(address, kept);
    // What an index with vectors that are behind says is true in this process alone.
    if (kept !== null && keeping === 'whole' && isSettled(answer.generation)) spill?.put(key, stored);
    return null;
  }

  /** A whole answer that may still be served stands above one that lacks something. */
  #hasBetter(key: string, generation: string): boolean {
    const stored = this.#store.get(key)?.value ?? null;
    if (stored === null || stored.keeping !== 'whole') return false;
    const age = this.#ageOf(stored, generation);
    return age === 'fresh' || age === 'stale';
  }

  #guarded<Result>(act: () => Result): Result | null {
    try {
      if (this.#struck()) throw new Error('The cache failed on purpose');
      return act();
    } catch {
      this.#parts.failed();
      return null;
    }
  }
}

/** Whoever asks after a change gets no answer that was asked for before it. */
const flightOf = (key: string, { generation }: Question): string => `${generation}\n${key}`;

/**
 * Another index may have been put in place meanwhile, or an arm stopped: such an answer is not to this question. A later state of the
 * same index is as good: by its name it is told apart.
 */
const isAnswerTo = ({ generation, request: { variants } }: Question, answer: Answer): boolean =>
  generationOf(answer.generation) === generationOf(generation) &&
  answer.facts.variants.length === variants.length &&
  answer.facts.variants.every((name, at) => name === variants[at]);

async function load({ request, format }: Question, ask: Ask, behind: boolean): Promise<Loaded> {
  const outcome = await ask(request, behind);
  if (outcome.kind !== 'ok') return outcome;
  const { result } = outcome;
  return { kind: 'ok', answer: answerOf(result, request, format), queueMs: result.timings.queueMs };
}

function found(use: Sample['cache'], loaded: Loaded): Found {
  if (loaded.kind !== 'ok') return { ok: false, use, queueMs: null, ran: true, outcome: loaded };
  const { answer, queueMs } = loaded;
  return { ok: true, use, queueMs, ran: true, answer };
}
