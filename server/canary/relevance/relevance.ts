/**
 * Whose results are clicked? Takes what became of every query, writes it down, keeps what was shown for as long as clicks on it count,
 * and says which of two arms people prefer.
 *
 * The request id of an answer is the id of its impression. After a restart the log says what was shown before, as far as it has it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../../engine/clock.ts';
import type { EngineError } from '../../../engine/errors.ts';
import type { SearchRequest } from '../../../engine/types.ts';
import {
  AbLog,
  AbTally,
  type ArmTaken,
  type Clicked,
  type ClickVerdict,
  experimentReports,
  type Interleaved,
  outcomeOf,
  readAbLog,
  readTotals,
  type SearchLine,
  writeTotals,
} from '../../../ops/index.ts';
import { type Answer, type Ask, answerOf, type Found, type Question, type Shown, shownOf } from '../../cache/index.ts';
import type { Answered, AnsweredFeed, AnsweredReady, Assigned, SharedBy } from '../answered.ts';
import { CANARY, CONTROL } from '../assignment/index.ts';
import type { Board, Given } from '../board.ts';
import { askBoth, questionOf, type Sides } from './interleaving.ts';
import { type KeyedHash, keyedHash, readHashKey } from './keyed-hash.ts';
import type { RelevanceSettings } from './settings.ts';

export interface RelevanceParts {
  readonly settings: RelevanceSettings;
  /** Where the key of the hashes is kept. */
  readonly directory: string;
  readonly logs: { readonly directory: string; readonly fileBytesMax: number; readonly filesKept: number };
  /** What answers are late by, and by far. */
  readonly slowMs: number;
  readonly verySlowMs: number;
  readonly clock: Clock;
  readonly experiments: AnsweredFeed & {
    /** From one beginning of an experiment to the next. */
    runOf(experiment: string): string;
  };
  /** Told once where hashes cannot be kept comparable. */
  readonly report: (fault: EngineError) => void;
}

/** Who asks, with the arms that he was given. */
export interface Seated {
  readonly board: Pick<Board, 'flipped'>;
  readonly given: Given;
  readonly identity: string;
}

/** An answer of two arms, as the cache would have it. */
export interface FoundShared {
  readonly found: Found;
  readonly shared: SharedBy;
}

/** Of evidence and bounds. */
const ALPHA = 0.05;
const DAY_MS = 86_400_000;
const HASH_CHARS = 16;
/** Of the totals: a process that is killed loses no more than lines had no room for. */
const SAVE_MS = 60_000;
const KEY_FILE = 'ab-hash.key';
/** Which reasons leave the arm to chance. */
const BY_CHANCE: ReadonlySet<string> = new Set(['split', 'outside', 'held_back']);
const NOT_TAKING_PART: ReadonlySet<string> = new Set(['disabled', 'stopped', 'promoted']);
/** In the place of an arm. */
const SHARED = 'interleaved';

export class Relevance {
  readonly #parts: RelevanceParts;
  readonly #tally: AbTally;
  readonly #log: AbLog;
  /** Read when it is first needed: a server without experiments has no such file. */
  #hash: KeyedHash | null = null;
  #saving: NodeJS.Timeout | undefined;
  /** Since it was last kept. */
  #changed = false;

  constructor(parts: RelevanceParts) {
    this.#parts = parts;
    const { settings, logs, slowMs, verySlowMs } = parts;
    const { clickMinutes, impressionsMax, logLinesPerSecond } = settings;
    this.#log = new AbLog(logs, logLinesPerSecond);
    this.#tally = new AbTally({
      windowMs: clickMinutes * 60_000,
      entriesMax: impressionsMax,
      slowMs,
      verySlowMs,
      alpha: ALPHA,
    });
  }

  /** Takes up what the log says, and listens from then on. Never rejects. */
  async start(): Promise<void> {
    const { logs, clock, experiments } = this.#parts;
    const totals = readTotals(logs.directory);
    if (totals !== null) this.#tally.restore(totals);
    await readAbLog(logs, this.#tally.neededFromMs, (line) => this.#tally.takeAgain(line));
    this.#tally.advance(clock.wallMs());
    experiments.onAnswered((answered) => this.take(answered));
    experiments.onReady((ready) => this.takeReady(ready));
    this.#saving = setInterval(() => this.#save(), SAVE_MS).unref();
  }

  /** Keeps what there is. Never rejects. */
  close(): Promise<void> {
    clearInterval(this.#saving);
    this.#save();
    return this.#log.flush();
  }

  /** Lines that are not in the log: the disk did not take them, or there were too many in a second. */
  get lost(): { readonly disk: number; readonly skipped: number } {
    return { disk: this.#log.lost, skipped: this.#log.skipped };
  }

  /**
   * Answers with both arms where they are to share; null where this caller has one alone. Only who was given the canary by chance shares,
   * so that the share of an experiment is still who sees something of it. Never from the cache, and never kept there.
   */
  share(seat: Seated, question: Question, ask: Ask): Promise<FoundShared> | null {
    const sides = this.sidesFor(seat, question.request);
    return sides === null ? null : this.#share(sides, question, ask);
  }

  sidesFor({ board, given, identity }: Seated, request: SearchRequest): Sides | null {
    const { interleaves: experiment } = given;
    if (experiment === null) return null;
    const who = identity === '' ? randomUUID() : identity;
    return {
      experiment,
      A: { arm: CONTROL, variants: board.flipped(given, experiment).variants },
      B: { arm: CANARY, variants: given.variants },
      seed: this.#hashed('seed', JSON.stringify([experiment, who, questionOf(request)])),
    };
  }

  async #share(sides: Sides, { request, format }: Question, ask: Ask): Promise<FoundShared> {
    const { outcome, ...rest } = await askBoth(request, sides, (asked) => ask(asked, false), this.#parts.clock);
    const shared = { experiment: sides.experiment, ...rest };
    const how = { use: 'none', ran: true } as const;
    if (outcome.kind !== 'ok') return { found: { ...how, ok: false, queueMs: null, outcome }, shared };
    const { result } = outcome;
    const answer = answerOf(result, request, format);
    return { found: { ...how, ok: true, queueMs: result.timings.queueMs, answer }, shared };
  }

  take(answered: Answered): void {
    const { timeMs, requestId, request, cache, tookMs, outcome, identity, assignments, shared } = answered;
    const answer = outcome.kind === 'ok' ? outcome.answer : null;
    this.#write({
      ...{ timeMs, requestId, cache, answer, identity, query: request.query },
      arms: this.#armsOf(assignments, shared?.experiment ?? null),
      interleaved: shared?.interleaved ?? null,
      outcome:
        outcome.kind === 'ok' ? 'answered' : outcome.kind === 'deadline' ? 'deadline' : outcomeOfCode(outcome.code),
      latencyMs: Math.round(tookMs * 1000) / 1000,
      rerankAsked: request.rerank,
    });
  }

  /** Who asked is not known of what was ready at once, nor how long it took: nothing that anybody would notice. */
  takeReady({ requestId, assignments, answer }: AnsweredReady): void {
    const timeMs = this.#parts.clock.wallMs();
    const arms = this.#armsOf(assignments, null);
    // Most of a flood leaves nothing: then nothing is put together for it.
    const written = this.#log.admits(timeMs);
    if (!written && arms.length === 0) return;
    this.#put(
      {
        ...{ requestId, answer, identity: '', query: null, interleaved: null, outcome: 'answered', latencyMs: 0 },
        ...{ timeMs, arms, cache: 'hit', rerankAsked: answer.facts.rerank !== 'none' },
      },
      written,
    );
  }

  click(requestId: string, clicked: Clicked): ClickVerdict {
    const nowMs = this.#parts.clock.wallMs();
    const verdict = this.#tally.click(requestId, clicked, nowMs);
    if (verdict.kind === 'counted') {
      this.#changed = true;
      const { id, position } = verdict;
      this.#log.write({ time: new Date(nowMs).toISOString(), kind: 'click', requestId, id, position });
    }
    return verdict;
  }

  /** @param days up to now, today among them, UTC */
  report(days: number): object {
    const nowMs = this.#parts.clock.wallMs();
    this.#tally.advance(nowMs);
    const { sinceMs, impressions } = this.#tally;
    const firstMs = (Math.floor(nowMs / DAY_MS) - days + 1) * DAY_MS;
    const fromMs = Math.max(firstMs, sinceMs ?? nowMs);
    return {
      days,
      from: new Date(fromMs).toISOString(),
      confidence: 1 - ALPHA,
      experiments: experimentReports(this.#tally, { fromMs: firstMs, control: CONTROL, alpha: ALPHA }),
      feedback: {
        clickMinutes: this.#parts.settings.clickMinutes,
        waitedFor: impressions.size,
        settledEarly: impressions.early,
      },
      log: this.lost,
    };
  }

  #save(): void {
    if (!this.#changed) return;
    const { logs, clock } = this.#parts;
    this.#changed = !writeTotals(logs.directory, this.#tally.totals(clock.wallMs()));
  }

  /** Of what differs between people. @param shared whose arms share the answer: it says nothing of either's speed */
  #armsOf(assignments: readonly Assigned[], shared: string | null): ArmTaken[] {
    return assignments
      .filter(({ reason }) => !NOT_TAKING_PART.has(reason))
      .map(({ experiment, arm, reason }) => ({
        experiment,
        run: this.#parts.experiments.runOf(experiment),
        ...(experiment === shared
          ? { arm: SHARED, reason, comparable: false }
          : { arm, reason, comparable: BY_CHANCE.has(reason) }),
      }));
  }

  /** A line where there is room for one; what takes part counts in any case. */
  #write(taken: Taken): void {
    const written = this.#log.admits(taken.timeMs);
    if (written || taken.arms.length > 0) this.#put(taken, written);
  }

  #put(taken: Taken, written: boolean): void {
    const line = this.#lineOf(taken);
    this.#tally.take(line);
    this.#changed ||= taken.arms.length > 0;
    if (written) this.#log.write(line);
  }

  #lineOf({ timeMs, query, answer, identity, interleaved, ...taken }: Taken): SearchLine {
    const { ids, offset, total, query: told } = answer === null ? NOTHING_SEEN : shownOf(answer);
    const asked = query ?? told;
    const isShown = taken.arms.length > 0 && !this.#tally.impressions.has(taken.requestId, timeMs);
    return {
      time: new Date(timeMs).toISOString(),
      kind: 'search',
      ...taken,
      ...(interleaved === null ? {} : { interleaved }),
      rerankEffective: answer?.facts.rerank ?? (taken.rerankAsked ? 'dropped' : 'none'),
      degraded: answer?.facts.degraded ?? [],
      results: total,
      resultHash: createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, HASH_CHARS),
      ...(this.#parts.settings.logQueries ? { query: asked } : { queryHash: this.#hashed('query', asked) }),
      identityHash: identity === '' ? '' : this.#hashed('identity', identity),
      ...(isShown ? { offset, shown: ids } : {}),
    };
  }

  #hashed(about: string, text: string): string {
    if (this.#hash === null) {
      const { key, fault } = readHashKey(join(this.#parts.directory, KEY_FILE));
      if (fault !== null) this.#parts.report(fault);
      this.#hash = keyedHash(key);
    }
    return this.#hash(about, text);
  }
}

/** What a line is made of. */
interface Taken extends Pick<SearchLine, 'requestId' | 'arms' | 'outcome' | 'latencyMs' | 'rerankAsked' | 'cache'> {
  readonly timeMs: number;
  /** Null where only the answer says it. */
  readonly query: string | null;
  readonly identity: string;
  readonly answer: Answer | null;
  readonly interleaved: Interleaved | null;
}

const NOTHING_SEEN: Shown = { query: '', ids: [], offset: 0, total: 0 };

/** Refusals under load are shed, all else is a failure. */
const outcomeOfCode = (code: string): SearchLine['outcome'] =>
  outcomeOf(code === 'overloaded' || code === 'draining' ? 503 : 500);
