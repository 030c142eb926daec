/**
 * Gathers queries while every worker is busy, so that under load they leave together.
 *
 * An idle worker gets a query at once. A query whose worker dies is asked once more, on its own, so that one query that
 * kills workers takes no other with it. A query whose deadline passes is answered then, whatever its worker is doing.
 */
import type { Clock } from '../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../engine/types.ts';
import { kindOf, type LoadControl, type Priority, type ShedReason, WaitingLine } from './overload/index.ts';
import { type Run, Underway } from './underway.ts';

/** Asks one worker; rejects when the worker dies. */
export type AskWorker = (requests: readonly SearchRequest[]) => Promise<readonly SearchOutcome[]>;

export interface BatcherSettings {
  readonly workers: number;
  /** Most queries in one message. */
  readonly dispatchQueriesMax: number;
  /** Most queries that wait. */
  readonly queueQueriesMax: number;
  readonly clock: Clock;
  /** Who may come in, and who has waited too long. */
  readonly control: LoadControl;
  /** Calls once after that many milliseconds, unless the returned function is called before. */
  readonly setTimer?: SetTimer;
}

export type SetTimer = (fire: () => void, afterMs: number) => () => void;

interface BatchRun extends Run {
  readonly queries: readonly Waiting[];
}

interface Waiting {
  readonly request: SearchRequest;
  readonly priority: Priority;
  readonly kind: string;
  readonly workMs: number;
  readonly sinceUs: number;
  /** Whether a worker died over it. */
  again: boolean;
  /** The first outcome counts; later ones are dropped. */
  readonly resolve: (outcome: SearchOutcome) => void;
  readonly answered: () => boolean;
}

/** Workers keep deadlines themselves and say which stage was late; this long they are left to. */
const GRACE_MS = 250;

const systemTimer: SetTimer = (fire, afterMs) => {
  const timer = setTimeout(fire, afterMs);
  return () => clearTimeout(timer);
};

/** Expected work of a message beyond its first query: queries of hundreds of microseconds share its cost, longer ones do not wait for each other. */
export const DISPATCH_WORK_MS = 5;

const DRAINING: SearchOutcome = { kind: 'failed', code: 'draining', detail: 'The server is shutting down' };

export class Batcher {
  readonly #ask: AskWorker;
  readonly #settings: BatcherSettings;
  readonly #line = new WaitingLine<Waiting>();
  readonly #underway = new Underway<BatchRun>();
  #stopped = false;

  constructor(ask: AskWorker, settings: BatcherSettings) {
    this.#ask = ask;
    this.#settings = settings;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get busy(): number {
    return this.#underway.size;
  }

  /** Whether every worker has been on what it has for far longer than was expected. */
  get stalled(): boolean {
    return this.#underway.stalled(this.#settings.workers, this.#settings.clock.nowUs());
  }

  /** Never rejects. Who may not come in, or has waited too long, is refused with `overloaded`. */
  submit(request: SearchRequest, priority: Priority = 'normal'): Promise<SearchOutcome> {
    if (this.#stopped) return Promise.resolve(DRAINING);
    const reason = this.#reasonAgainst(request, priority);
    if (reason !== null) return Promise.resolve(this.#shed(reason, priority));
    return new Promise((resolve) => {
      this.#line.push(this.#entry(request, priority, resolve));
      this.#dispatch();
    });
  }

  /** Refuses what waits and what still comes with `draining`; what a worker is on is finished. */
  stop(): void {
    this.#stopped = true;
    this.#dispatch();
  }

  #reasonAgainst(request: SearchRequest, priority: Priority): ShedReason | null {
    const { control, clock, queueQueriesMax } = this.#settings;
    const { deadlineAtMs } = request;
    const crowd = {
      inside: this.#line.countFrom(priority) + this.#underway.countFrom(priority),
      workMsBefore:
        this.#underway.leftMs(clock.nowUs()) + this.#line.workMsBefore(priority, control.stands(this.#nowMs())),
      leftMs: deadlineAtMs === null ? null : deadlineAtMs - clock.wallMs(),
    };
    const reason = control.judge(request, priority, crowd);
    if (reason !== null || this.#line.length < queueQueriesMax) return reason;
    const last = this.#line.removeBelow(priority);
    if (last === undefined) return 'queue';
    last.resolve(this.#shed('queue', last.priority));
    return null;
  }

  #shed(reason: ShedReason, priority: Priority): SearchOutcome {
    this.#settings.control.refused(reason, priority);
    return { kind: 'failed', code: 'overloaded', detail: SHED[reason] };
  }

  #nowMs(): number {
    return this.#settings.clock.nowUs() / 1000;
  }

  #msSince(us: number): number {
    return (this.#settings.clock.nowUs() - us) / 1000;
  }

  #entry(request: SearchRequest, priority: Priority, settle: (outcome: SearchOutcome) => void): Waiting {
    const { clock, control, setTimer = systemTimer } = this.#settings;
    let answered = false;
    const resolve = (outcome: SearchOutcome): void => {
      if (answered) return;
      answered = true;
      cancel();
      settle(outcome);
    };
    const expire = (): void => {
      const waited = this.#line.remove(entry);
      if (waited) this.#lineChanged();
      resolve({ kind: 'deadline', stage: waited ? 'queueMs' : 'totalMs' });
    };
    const cancel =
      request.deadlineAtMs === null
        ? () => {}
        : setTimer(expire, Math.max(0, request.deadlineAtMs - clock.wallMs()) + GRACE_MS);
    const kind = kindOf(request);
    const entry = {
      request,
      priority,
      kind,
      workMs: control.expectedMs(kind) ?? 0,
      sinceUs: clock.nowUs(),
      again: false,
      resolve,
      answered: () => answered,
    };
    return entry;
  }

  #lineChanged(): void {
    this.#settings.control.lineChanged(this.#line.countFrom('normal'), this.#nowMs());
  }

  #dispatch(): void {
    if (this.#stopped) for (const { resolve } of this.#line.clear()) resolve(DRAINING);
    while (this.#underway.size < this.#settings.workers && this.#line.length > 0) {
      const batch = this.#gather();
      if (batch.length > 0) void this.#run(batch);
    }
    this.#lineChanged();
  }

  /** What one worker gets: its share of who waits, as far as that is worth one message. */
  #gather(): Waiting[] {
    const { workers, dispatchQueriesMax, control } = this.#settings;
    const newestFirst = control.stands(this.#nowMs());
    const share = Math.ceil(this.#line.length / (workers - this.#underway.size));
    const batch: Waiting[] = [];
    let workMs = 0;
    while (batch.length < Math.min(share, dispatchQueriesMax)) {
      const next = this.#line.next(newestFirst);
      if (next === undefined) break;
      // What nobody has seen may take long.
      workMs += control.expectedMs(next.kind) ?? DISPATCH_WORK_MS;
      if (batch.length > 0 && (next.again || workMs > DISPATCH_WORK_MS)) break;
      this.#line.remove(next);
      if (this.#endsHere(next)) continue;
      batch.push(next);
      if (next.again) break;
    }
    return batch;
  }

  /** Whether no worker needs to be asked any more. */
  #endsHere({ request, priority, sinceUs, resolve }: Waiting): boolean {
    const { clock, control } = this.#settings;
    const { deadlineAtMs } = request;
    if (deadlineAtMs !== null && clock.wallMs() >= deadlineAtMs) {
      resolve({ kind: 'deadline', stage: 'queueMs' });
      return true;
    }
    if (!control.waitedTooLong(this.#msSince(sinceUs), priority, this.#nowMs())) return false;
    resolve(this.#shed('delay', priority));
    return true;
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const leftUs = this.#settings.clock.nowUs();
    const workMs = batch.reduce((sumMs, one) => sumMs + one.workMs, 0);
    const run: BatchRun = { queries: batch, leftUs, workMs };
    this.#underway.add(run);
    try {
      const outcomes = await this.#ask(batch.map(({ request }) => request));
      this.#answer(run, outcomes);
    } catch (error) {
      this.#lost(batch, error as Error);
    } finally {
      this.#underway.delete(run);
      this.#dispatch();
    }
  }

  /** A query of a batch waits for those before it, too. */
  #answer({ queries, leftUs }: BatchRun, outcomes: readonly SearchOutcome[]): void {
    const { control } = this.#settings;
    const inside = this.#line.countFrom('normal') + this.#underway.countFrom('normal');
    let beforeUs = 0;
    for (const [at, { kind, resolve, sinceUs }] of queries.entries()) {
      const outcome = outcomes[at]!;
      const waitUs = leftUs - sinceUs + beforeUs;
      if (outcome.kind === 'ok') {
        const serviceMs = outcome.result.timings.totalMs;
        control.served(kind, { serviceMs, insideMs: waitUs / 1000 + serviceMs, inside }, this.#nowMs());
        beforeUs += serviceMs * 1000;
      }
      resolve(withQueueTime(outcome, waitUs));
    }
  }

  #lost(batch: readonly Waiting[], error: Error): void {
    const again: Waiting[] = [];
    for (const one of batch) {
      if (one.answered()) continue;
      const { deadlineAtMs } = one.request;
      const inTime = deadlineAtMs === null || this.#settings.clock.wallMs() < deadlineAtMs;
      if (!inTime) one.resolve({ kind: 'deadline', stage: 'queueMs' });
      else if (one.again)
        one.resolve({
          kind: 'failed',
          code: 'worker_lost',
          detail: `Two workers died over this query: ${error.message}`,
        });
      else {
        one.again = true;
        again.push(one);
      }
    }
    this.#line.pushFirst(again);
  }
}

/** What a caller is told. */
const SHED: Readonly<Record<ShedReason, string>> = {
  queue: 'As many queries wait as may wait',
  concurrency: 'More queries are being answered than can be answered soon',
  deadline: 'The answer would not be ready before the deadline',
  delay: 'The query waited too long for its turn',
  cache_only: 'Only answers that are known already are given for the moment',
  refuse: 'No queries are taken for the moment',
};

function withQueueTime(outcome: SearchOutcome, queueUs: number): SearchOutcome {
  if (outcome.kind !== 'ok') return outcome;
  const { timings } = outcome.result;
  const queueMs = Math.round(queueUs) / 1000;
  timings.queueMs += queueMs;
  timings.totalMs = Math.round((timings.totalMs + queueMs) * 1000) / 1000;
  return outcome;
}
