/**
 * How much does a query get, may it come in, and has it waited too long? One decision for each, from one picture of the load.
 */
import type { SearchRequest } from '../../engine/types.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { Demand, STALE_MS } from './demand.ts';
import { Ladder } from './ladder.ts';
import { Lateness } from './lateness.ts';
import type { Priority } from './priority.ts';
import { QueueDelay, type Wait } from './queue-delay.ts';
import {
  type Effort,
  type EffortSettings,
  kindOf,
  LAST_WORKING,
  type Lowered,
  lowered,
  RUNGS,
  type Rung,
  rungFor,
  rungNo,
} from './rung.ts';
import type { OverloadSettings } from './settings.ts';

export interface LoadControlParts {
  readonly settings: OverloadSettings & EffortSettings;
  readonly workers: number;
  /** Queries that may wait at most, whatever is learned. */
  readonly queueQueriesMax: number;
  /** On the clock of all times here, milliseconds. */
  readonly nowMs: number;
}

/** Why a query was not asked. */
export type ShedReason = 'queue' | 'concurrency' | 'deadline' | 'delay' | 'cache_only' | 'refuse';

/** What there is before one that comes. */
export interface Crowd {
  /** Queries of its class and of more urgent ones, waiting or on a worker. */
  readonly inside: number;
  /** Expected time of a worker until its turn, if there were only one, milliseconds. */
  readonly workMsBefore: number;
  /** Until its deadline; null without one. */
  readonly leftMs: number | null;
}

export interface LoadStatus {
  readonly rung: Rung;
  /** 0 is everything, as RUNGS has them. */
  readonly rungNo: number;
  readonly concurrencyLimit: number;
  readonly queueStands: boolean;
  /** Refused since the start, by the reason. */
  readonly shed: Readonly<Record<ShedReason, number>>;
}

export class LoadControl {
  readonly #parts: LoadControlParts;
  readonly #demand = new Demand();
  readonly #limit: ConcurrencyLimit;
  readonly #delay: QueueDelay;
  readonly #ladder: Ladder;
  readonly #lateness: Lateness;
  readonly #shed: Record<ShedReason, number> = {
    queue: 0,
    concurrency: 0,
    deadline: 0,
    delay: 0,
    cache_only: 0,
    refuse: 0,
  };
  #refusedSinceStep = false;
  #steppedMs: number;
  #triedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: LoadControlParts) {
    this.#parts = parts;
    const { settings, queueQueriesMax, nowMs } = parts;
    const { concurrencyMin, queueDelayTargetMs } = settings;
    const limitMax = Math.max(queueQueriesMax, concurrencyMin);
    this.#limit = new ConcurrencyLimit({ limitMin: concurrencyMin, limitMax, queueDelayTargetMs }, nowMs);
    this.#delay = new QueueDelay(settings, nowMs);
    this.#ladder = new Ladder(settings, nowMs);
    this.#lateness = new Lateness(nowMs);
    this.#steppedMs = nowMs;
  }

  status(nowMs: number): LoadStatus {
    return {
      rung: RUNGS[this.#ladder.rung]!,
      rungNo: this.#ladder.rung,
      concurrencyLimit: this.#limit.limit,
      queueStands: this.#stands(nowMs),
      shed: { ...this.#shed },
    };
  }

  /** Whether queries get less than they ask for. */
  get isLowering(): boolean {
    return this.#ladder.rung > 0;
  }

  /** To be told of each query that comes. */
  asked(request: SearchRequest): void {
    this.#demand.asked(request);
  }

  /** Whether one of the usual class would be refused whatever it asks for, if the cache does not know it. @param inside as in {@link Crowd} */
  isFull(inside: number): boolean {
    return this.#parts.settings.enabled && inside >= this.#limit.limit;
  }

  /** Counts a refusal of what was not even read. */
  refusedUnread(): void {
    this.#demand.askedUnread();
    this.refused('concurrency', 'normal');
  }

  /** What is left of a query on the rung of its class; now and then one more rung of it, to know what that would take. */
  lower(request: SearchRequest, priority: Priority, nowMs: number): LoweredQuery {
    const { effort, left } = this.#tried(request, priority, nowMs) ?? this.#lowered(request, priority);
    const kind = kindOf(effort);
    return {
      request: left.length === 0 ? request : { ...request, ...effort },
      kind,
      left,
      expectedMs: this.#demand.expectedMs(kind),
    };
  }

  /** Of one of that kind on the rung of its class, milliseconds of a worker; 0 where nobody knows. */
  workMs(kind: string, priority: Priority): number {
    const effort = this.#demand.effortOf(kind);
    return effort === null ? 0 : (this.#demand.expectedMs(kindOf(this.#lowered(effort, priority).effort)) ?? 0);
  }

  /** Whether no worker is to be asked: what is not known already is refused. */
  refusesAll(): 'cache_only' | 'refuse' | null {
    if (this.#ladder.rung <= LAST_WORKING) return null;
    return this.#ladder.rung === rungNo('refuse') ? 'refuse' : 'cache_only';
  }

  /** Null lets it in. */
  judge(request: SearchRequest, priority: Priority, { inside, workMsBefore, leftMs }: Crowd): ShedReason | null {
    if (!this.#parts.settings.enabled) return null;
    const closed = this.refusesAll();
    if (closed !== null) return closed;
    if (priority !== 'low' && this.isFull(inside)) return 'concurrency';
    // Who has nobody before him may try: what his deadline costs him is not the load.
    if (leftMs === null || workMsBefore === 0) return null;
    // Reranking gives way where time is short; an answer without it still is one.
    const { effort } = this.#lowered({ ...request, rerank: false }, priority);
    const leastMs = this.#demand.expectedMs(kindOf(effort)) ?? 0;
    return workMsBefore / this.#parts.workers + leastMs > leftMs ? 'deadline' : null;
  }

  /** Counts a refusal; those who would wait for an answer are a reason to make answers simpler. */
  refused(reason: ShedReason, priority: Priority): void {
    this.#shed[reason] += 1;
    if (priority !== 'low') this.#refusedSinceStep = true;
  }

  /** Whether one that has waited so long is to be refused instead: not as long as simpler answers may help, nor who is patient. */
  waitedTooLong(wait: Wait, priority: Priority, nowMs: number): boolean {
    const { enabled, ladder } = this.#parts.settings;
    if (!enabled || priority === 'low' || (ladder && this.#ladder.rung < LAST_WORKING)) return false;
    return this.#delay.isTooLong(wait, this.#demand.meanMs, nowMs);
  }

  /** @param waiting queries that are not of the lowest class */
  lineChanged(waiting: number, nowMs: number): void {
    this.#delay.changed(waiting, nowMs);
  }

  served(kind: string, { serviceMs, insideMs, inside }: Service, nowMs: number): void {
    this.#demand.served(kind, serviceMs);
    this.#limit.served(serviceMs, insideMs, inside, nowMs);
  }

  /**
   * What is left out is not measured either: a start that was slow, or a model that was, would be believed for good, and the rung never
   * left. So one query in a while gets what it would on the rung above, while nobody waits too long.
   */
  #tried(request: SearchRequest, priority: Priority, nowMs: number): Lowered | null {
    const { rung } = this.#ladder;
    if (priority !== 'normal' || rung === 0 || rung > LAST_WORKING) return null;
    if (nowMs - this.#triedMs < STALE_MS || this.#stands(nowMs)) return null;
    const above = lowered(request, rung - 1, this.#parts.settings);
    if (!this.#demand.isStale(kindOf(above.effort))) return null;
    this.#triedMs = nowMs;
    return above;
  }

  #stands(nowMs: number): boolean {
    return this.#delay.stands(this.#demand.meanMs, nowMs);
  }

  #lowered(effort: Effort, priority: Priority): Lowered {
    return lowered(effort, Math.min(LAST_WORKING, rungFor(priority, this.#ladder.rung)), this.#parts.settings);
  }

  /** To be called about every `STEP_MS`. @param stalled whether no worker gets on with what it has */
  step(stalled: boolean, nowMs: number): void {
    const { settings, workers } = this.#parts;
    const lengthMs = nowMs - this.#steppedMs;
    if (lengthMs <= 0) return;
    this.#steppedMs = nowMs;
    this.#demand.step(lengthMs);
    if (this.#delay.emptyMs(nowMs) > REST_MS) this.#limit.rest();
    const late = this.#lateness.step(nowMs);
    const tooMuch = this.#stands(nowMs) || this.#refusedSinceStep;
    this.#refusedSinceStep = false;
    if (!settings.enabled || !settings.ladder) return;
    const above = Math.max(0, this.#ladder.rung - 1);
    const utilisationAbove = this.#demand.workersNeededOn(above, settings) / workers;
    this.#ladder.step({ tooMuch, stalled, late, utilisationAbove }, nowMs);
  }
}

export interface LoweredQuery {
  readonly request: SearchRequest;
  readonly kind: string;
  /** What it lacks by it. */
  readonly left: Lowered['left'];
  /** Milliseconds of a worker; null where none like it was seen. */
  readonly expectedMs: number | null;
}

interface Service {
  /** That a worker took. */
  readonly serviceMs: number;
  /** From its admission to its end. */
  readonly insideMs: number;
  /** Queries inside when it ended, of all classes but the lowest. */
  readonly inside: number;
}

/** Nobody has waited for so long: there is no crowd. */
const REST_MS = 2000;
