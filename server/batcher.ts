/**
 * Gathers queries while every worker is busy, so that under load they leave together.
 *
 * An idle worker gets a query at once. A query whose worker dies is asked once more, on its own, so that one query that
 * kills workers takes no other with it. A query whose deadline passes is answered then, whatever its worker is doing.
 */
import type { Clock } from '../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../engine/types.ts';

/** Asks one worker; rejects when the worker dies. */
export type AskWorker = (requests: readonly SearchRequest[]) => Promise<readonly SearchOutcome[]>;

export interface BatcherSettings {
  readonly workers: number;
  /** Most queries in one message. */
  readonly dispatchQueriesMax: number;
  /** Most queries that wait. */
  readonly queueQueriesMax: number;
  readonly clock: Clock;
  /** Calls once after that many milliseconds, unless the returned function is called before. */
  readonly setTimer?: SetTimer;
}

export type SetTimer = (fire: () => void, afterMs: number) => () => void;

interface Waiting {
  readonly request: SearchRequest;
  readonly sinceUs: number;
  readonly again: boolean;
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

const DRAINING: SearchOutcome = { kind: 'failed', code: 'draining', detail: 'The server is shutting down' };

export class Batcher {
  readonly #ask: AskWorker;
  readonly #settings: BatcherSettings;
  #queue: Waiting[] = [];
  #busy = 0;
  #stopped = false;

  constructor(ask: AskWorker, settings: BatcherSettings) {
    this.#ask = ask;
    this.#settings = settings;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get busy(): number {
    return this.#busy;
  }

  /** Never rejects. Full queues refuse with `overloaded`. */
  submit(request: SearchRequest): Promise<SearchOutcome> {
    if (this.#stopped) return Promise.resolve(DRAINING);
    if (this.#queue.length >= this.#settings.queueQueriesMax) {
      return Promise.resolve({
        kind: 'failed',
        code: 'overloaded',
        detail: `${this.#queue.length} queries are waiting already`,
      });
    }
    return new Promise((resolve) => {
      this.#queue.push(this.#entry(request, resolve));
      this.#dispatch();
    });
  }

  /** Refuses what waits and what still comes with `draining`; what a worker is on is finished. */
  stop(): void {
    this.#stopped = true;
    this.#dispatch();
  }

  #entry(request: SearchRequest, settle: (outcome: SearchOutcome) => void): Waiting {
    const { clock, setTimer = systemTimer } = this.#settings;
    let answered = false;
    const resolve = (outcome: SearchOutcome): void => {
      if (answered) return;
      answered = true;
      cancel();
      settle(outcome);
    };
    const expire = (): void => {
      const waits = this.#queue.findIndex((other) => other.resolve === resolve);
      if (waits >= 0) this.#queue.splice(waits, 1);
      resolve({ kind: 'deadline', stage: waits >= 0 ? 'queueMs' : 'totalMs' });
    };
    const cancel =
      request.deadlineAtMs === null
        ? () => {}
        : setTimer(expire, Math.max(0, request.deadlineAtMs - clock.wallMs()) + GRACE_MS);
    return { request, sinceUs: clock.nowUs(), again: false, resolve, answered: () => answered };
  }

  #dispatch(): void {
    if (this.#stopped) for (const { resolve } of this.#queue.splice(0)) resolve(DRAINING);
    const { workers, dispatchQueriesMax } = this.#settings;
    while (this.#busy < workers && this.#queue.length > 0) {
      const share = Math.ceil(this.#queue.length / (workers - this.#busy));
      const first = this.#queue[0]!;
      const batch = this.#queue.splice(0, first.again ? 1 : Math.min(share, dispatchQueriesMax));
      void this.#run(batch);
    }
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#busy += 1;
    const leftUs = this.#settings.clock.nowUs();
    try {
      const outcomes = await this.#ask(batch.map(({ request }) => request));
      for (const [at, { resolve, sinceUs }] of batch.entries()) resolve(withQueueTime(outcomes[at]!, leftUs - sinceUs));
    } catch (error) {
      this.#lost(batch, error as Error);
    } finally {
      this.#busy -= 1;
      this.#dispatch();
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
      else again.push({ ...one, again: true });
    }
    this.#queue.unshift(...again);
  }
}

function withQueueTime(outcome: SearchOutcome, queueUs: number): SearchOutcome {
  if (outcome.kind !== 'ok') return outcome;
  const { timings } = outcome.result;
  const queueMs = Math.round(queueUs) / 1000;
  timings.queueMs += queueMs;
  timings.totalMs = Math.round((timings.totalMs + queueMs) * 1000) / 1000;
  return outcome;
}
