/**
 * Is what the canary of each live experiment does any worse? Takes what became of queries, keeps to those that can be compared, and says when
 * one has to end, or may go on.
 *
 * Comparable is what chance has assigned, what asked for that in which the arms differ, and what neither arm could have answered from
 * memory: which of two caches knows more depends on how many have that arm, and with it which queries are run. A question that is new to both
 * is so whoever asks it.
 */
import type { Clock } from '../../engine/clock.ts';
import type { Degradation, SearchOutcome, SearchRequest } from '../../engine/types.ts';
import { advance, type BadEvent } from '../../ops/canary/index.ts';
import type { ExperimentBrief } from '../../ops/index.ts';
import type { Answered, SharedBy } from './answered.ts';
import { CANARY, knownAs, type Subject } from './assignment/index.ts';
import type { Board, Given } from './board.ts';
import { rolloutPlanOf } from './definition.ts';
import { type CanaryState, type Experiment, isLive } from './state.ts';
import { keysInUse } from './variants.ts';
import { progressOf, Watched, type WatchedRecord } from './watched.ts';

export interface WatchingParts {
  readonly clock: Clock;
  /** Beyond which an answer counts as slow, and as very slow. */
  readonly slowMs: number;
  readonly verySlowMs: number;
  /** Whether the objectives leave room for a risk. */
  readonly budgetLeft: () => boolean;
  /** Whether queries are being made simpler for want of time: then arms are, too, each in its way. */
  readonly loaded: () => boolean;
  readonly progress: (name: string, to: Partial<Experiment>, reason: string) => void;
}

/** One experiment that a query tells something about. */
export interface Compared {
  readonly name: string;
  readonly identity: string;
  /** Share of the canary when it was assigned, 0 … 1. */
  readonly share: number;
}

/** Of the answers that are less than was asked for, those that say nothing of an arm. */
const SHED: ReadonlySet<Degradation> = new Set(['rerank_fewer', 'rerank_shed', 'candidates_fewer', 'dense_shed']);
/** What an arm is meant to do, or what lies in the query. */
const MEANT: ReadonlySet<Degradation> = new Set(['rerank_off', 'dense_language', 'rerank_language']);
const FAILED: ReadonlySet<Degradation> = new Set(['rerank_failed', 'dense_failed']);
const BY_CHANCE = new Set(['split', 'outside', 'held_back']);
const OF_RERANKING = /^(rerank|reranker|retrieval\.rerank\..*)$/;

export class Watching {
  readonly #parts: WatchingParts;
  readonly #watched = new Map<string, Watched>();
  #live: readonly Experiment[] = [];
  /** What the arms of each change. */
  readonly #keys = new Map<string, readonly string[]>();

  constructor(parts: WatchingParts) {
    this.#parts = parts;
  }

  /** Another state is in force. */
  follow({ experiments }: CanaryState): void {
    const before = this.#live;
    this.#live = experiments.filter(isLive);
    for (const name of this.#watched.keys())
      if (!this.#live.some((one) => one.name === name)) this.#watched.delete(name);
    for (const one of this.#live) {
      this.#keys.set(one.name, keysInUse(one));
      const watched = this.#watched.get(one.name);
      if (watched?.run !== one.run) this.#watched.set(one.name, new Watched(one));
      else {
        watched.follow(one);
        // A person has looked: what was wrong with the shares is over, as far as anyone knows.
        if (before.some(({ name, revision }) => name === one.name && revision !== one.revision))
          watched.trial.forgetRatio();
      }
    }
  }

  /** What was seen before a restart. */
  restore(records: ReadonlyMap<string, WatchedRecord>): void {
    for (const [name, record] of records) this.#watched.get(name)?.restore(record);
  }

  get records(): Record<string, object> {
    return Object.fromEntries([...this.#watched].map(([name, { record }]) => [name, record]));
  }

  /**
   * Of which experiments a query will tell something; asked before it is run.
   *
   * @param isNew whether nothing is known of the question yet, as it is with those arms
   */
  compared(
    { board, given, subject }: { board: Board; given: Given; subject: Subject },
    request: SearchRequest,
    isNew: (given: Given) => boolean,
  ): Compared[] {
    if (this.#live.length === 0 || this.#parts.loaded() || !isNew(given)) return [];
    return this.#live.flatMap((one) => {
      const { name, percentage, definition } = one;
      const mine = given.assignments.find(({ experiment }) => experiment === name);
      if (mine === undefined || !BY_CHANCE.has(mine.reason) || !concerns(this.#keys.get(name)!, request)) return [];
      if (!isNew(board.flipped(given, name))) return [];
      const share = Math.min(percentage, 100 - definition.holdBackPercent) / 100;
      return [{ name, identity: knownAs(subject, definition.stickiness), share }];
    });
  }

  /** What became of it. */
  answered({ assignments, ran, outcome, tookMs, shared }: Answered, compared: readonly Compared[]): void {
    if (!ran || this.#live.length === 0) return;
    if (shared !== undefined) {
      this.#addShared(shared);
      return;
    }
    if (outcome.kind === 'failed' && (outcome.code === 'overloaded' || outcome.code === 'draining')) return;
    const facts = outcome.kind === 'ok' ? outcome.answer.facts : null;
    const failed = hasFailed(facts);
    const isShed = wasShed(facts) || this.#parts.loaded();
    const bad = this.#badOf(facts, tookMs);
    const nowMs = this.#parts.clock.wallMs();
    for (const { experiment, arm, reason } of assignments) {
      const watched = this.#watched.get(experiment);
      if (watched === undefined || reason === 'stopped') continue;
      const canary = arm === CANARY;
      const one = compared.find(({ name }) => name === experiment);
      if (one !== undefined && !isShed) {
        const { identity, share } = one;
        watched.trial.add({ canary, identity, share, bad, failed, nowMs });
      } else if (canary) watched.trial.tally(failed);
      if (canary && (failed || bad.length > 0)) this.#end(experiment, watched);
    }
  }

  /** Once a second. @returns whether there is something new to be kept */
  step(): boolean {
    const nowMs = this.#parts.clock.wallMs();
    let noted = false;
    for (const one of this.#live) {
      const watched = this.#watched.get(one.name)!;
      noted = watched.note(nowMs) || noted;
      if (!this.#end(one.name, watched)) this.#advance(one, watched, nowMs);
    }
    return noted;
  }

  status(one: Experiment): object | null {
    const { budgetLeft, clock } = this.#parts;
    return this.#watched.get(one.name)?.status(one, budgetLeft(), clock.wallMs()) ?? null;
  }

  brief(one: Experiment): ExperimentBrief['seen'] {
    const { budgetLeft, clock } = this.#parts;
    return this.#watched.get(one.name)?.brief(one, budgetLeft(), clock.wallMs()) ?? null;
  }

  #end(name: string, watched: Watched): boolean {
    const end = watched.ending;
    const one = this.#live.find((each) => each.name === name);
    if (end === null || one === undefined) return false;
    if (end.phase === 'paused' && one.phase !== 'running') return false;
    this.#parts.progress(name, { phase: end.phase }, end.reason);
    return true;
  }

  #advance(one: Experiment, watched: Watched, nowMs: number): void {
    if (!one.stepped) return;
    const plan = rolloutPlanOf(one.definition);
    const before = progressOf(one);
    const { phase, step, stepAtMs, reason } = advance(plan, before, watched.seen(this.#parts.budgetLeft()), nowMs);
    if (phase === before.phase && step === before.step) return;
    const percentage = plan.steps[step] ?? one.percentage;
    this.#parts.progress(one.name, { phase, step, stepAtMs, percentage }, reason);
  }

  /**
   * Two arms were asked the same at the same moment: whatever goes wrong goes wrong in either with the probability of one half, were they
   * alike, whoever asked and however often.
   */
  #addShared({ experiment, control, canary }: SharedBy): void {
    const watched = this.#watched.get(experiment);
    const sides = [control, canary].map(({ outcome, tookMs }) => ({ facts: factsOf(outcome), outcome, tookMs }));
    const isRefused = sides.some(
      ({ outcome, facts }) =>
        wasShed(facts) || (outcome.kind === 'failed' && (outcome.code === 'overloaded' || outcome.code === 'draining')),
    );
    if (watched === undefined || isRefused || this.#parts.loaded()) return;
    const nowMs = this.#parts.clock.wallMs();
    for (const [at, { facts, tookMs }] of sides.entries()) {
      const bad = this.#badOf(facts, tookMs);
      watched.trial.add({ canary: at === 1, identity: '', share: 0.5, bad, failed: hasFailed(facts), nowMs });
    }
    this.#end(experiment, watched);
  }

  #badOf(facts: AnswerFacts | null, tookMs: number): BadEvent[] {
    if (facts === null) return ['error'];
    const { slowMs, verySlowMs } = this.#parts;
    const { degraded, empty } = facts;
    return [
      ...(tookMs > slowMs ? (['slow'] as const) : []),
      ...(tookMs > verySlowMs ? (['very_slow'] as const) : []),
      ...(empty ? (['empty'] as const) : []),
      ...(degraded.some((reason) => !MEANT.has(reason)) ? (['degraded'] as const) : []),
    ];
  }
}

/** Of an answer; null where there was none. */
interface AnswerFacts {
  readonly degraded: readonly Degradation[];
  readonly empty: boolean;
}

const factsOf = (outcome: SearchOutcome): AnswerFacts | null =>
  outcome.kind === 'ok' ? { degraded: outcome.result.degraded, empty: outcome.result.total === 0 } : null;

const hasFailed = (facts: AnswerFacts | null): boolean =>
  facts === null || facts.degraded.some((reason) => FAILED.has(reason));

const wasShed = (facts: AnswerFacts | null): boolean => facts?.degraded.some((reason) => SHED.has(reason)) ?? false;

/** Whether a query asks for anything in which the arms differ, given what they change. */
function concerns(keys: readonly string[], { rerank, mode }: SearchRequest): boolean {
  if (keys.every((key) => OF_RERANKING.test(key))) return rerank;
  return mode === 'hybrid' || !keys.every((key) => key.startsWith('retrieval.fusion.'));
}
