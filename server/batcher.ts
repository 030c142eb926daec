/**
 * Gathers queries while every worker is busy, so that under load they leave together.
 *
 * An idle worker gets a query at once. A query whose worker dies is asked once more, on its own, so that one query that
 * kills workers takes no other with it. A query whose deadline passes is answered then, whatever its worker is doing.
 */
import type {
  Degradation,
  OutsideScores,
  SearchOutcome,
  SearchRequest,
  Unscored,
  WorkerOutcome,
} from '../engine/types.ts';
import {
  type Guest,
  kindOf,
  type Leaving,
  type Priority,
  WaitingRoom,
  type WaitingRoomSettings,
} from './overload/index.ts';
import { type Run, Underway } from './underway.ts';

/** Asks one worker; rejects when the worker dies. */
export type AskWorker = (requests: readonly SearchRequest[]) => Promise<readonly WorkerOutcome[]>;

export interface BatcherSettings extends WaitingRoomSettings {
  readonly workers: number;
  /** Asks a model outside the workers, which go on with other queries meanwhile. Never rejects. */
  readonly scoreOutside?: (asked: Unscored, request: SearchRequest) => Promise<OutsideScores>;
  /** Calls once after that many milliseconds, unless the returned function is called before. */
  readonly setTimer?: SetTimer;
}

export type SetTimer = (fire: () => void, afterMs: number) => () => void;

interface Waiting extends Guest {
  request: SearchRequest;
  sinceUs: number;
  again: boolean;
  readonly answered: () => boolean;
}

interface BatchRun extends Run {
  readonly queries: readonly Leaving<Waiting>[];
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
  readonly #room: WaitingRoom<Waiting>;
  readonly #underway = new Underway<BatchRun>();
  #stopped = false;

  constructor(ask: AskWorker, settings: BatcherSettings) {
    this.#ask = ask;
    this.#settings = settings;
    this.#room = new WaitingRoom(settings);
  }

  get waiting(): number {
    return this.#room.waiting;
  }

  get busy(): number {
    return this.#underway.size;
  }

  /** Whether a query of the usual class would find no room, whatever it asks for. */
  get isFull(): boolean {
    return this.#settings.control.isFull(this.#room.countFrom('normal') + this.#underway.countFrom('normal'));
  }

  /** Whether every worker has been on what it has for far longer than was expected. */
  get stalled(): boolean {
    return this.#underway.stalled(this.#settings.workers, this.#settings.clock.nowUs());
  }

  /** Never rejects. Who may not come in, or has waited too long, is refused with `overloaded`. */
  submit(request: SearchRequest, priority: Priority = 'normal'): Promise<SearchOutcome> {
    if (this.#stopped) return Promise.resolve(DRAINING);
    const busy = {
      queries: this.#underway.countFrom(priority),
      leftMs: this.#underway.leftMs(this.#settings.clock.nowUs()),
    };
    return new Promise((resolve) => {
      this.#room.enter(this.#guest(request, priority, resolve), busy);
      this.#dispatch();
    });
  }

  /** Refuses what waits and what still comes with `draining`; what a worker is on is finished. */
  stop(): void {
    this.#stopped = true;
    this.#dispatch();
  }

  #guest(request: SearchRequest, priority: Priority, settle: (outcome: SearchOutcome) => void): Waiting {
    const { clock, setTimer = systemTimer } = this.#settings;
    let answered = false;
    const resolve = (outcome: SearchOutcome): void => {
      if (answered) return;
      answered = true;
      cancel();
      settle(outcome);
    };
    const expire = (): void => resolve({ kind: 'deadline', stage: this.#room.leave(guest) ? 'queueMs' : 'totalMs' });
    const cancel =
      request.deadlineAtMs === null
        ? () => {}
        : setTimer(expire, Math.max(0, request.deadlineAtMs - clock.wallMs()) + GRACE_MS);
    const kind = kindOf(request);
    const guest: Waiting = {
      request,
      priority,
      kind,
      sinceUs: clock.nowUs(),
      again: false,
      resolve,
      answered: () => answered,
    };
    return guest;
  }

  #dispatch(): void {
    if (this.#stopped) for (const { resolve } of this.#room.clear()) resolve(DRAINING);
    const { workers } = this.#settings;
    while (this.#underway.size < workers && this.#room.waiting > 0) {
      const queries = this.#room.gather(workers - this.#underway.size);
      if (queries.length > 0) void this.#run(queries);
    }
  }

  async #run(queries: readonly Leaving<Waiting>[]): Promise<void> {
    const leftUs = this.#settings.clock.nowUs();
    const workMs = queries.reduce((sumMs, one) => sumMs + one.workMs, 0);
    const run: BatchRun = { queries, leftUs, workMs };
    this.#underway.add(run);
    try {
      const outcomes = await this.#ask(queries.map(({ request }) => request));
      this.#answer(run, outcomes);
    } catch (error) {
      this.#lost(queries, error as Error);
    } finally {
      this.#underway.delete(run);
      this.#dispatch();
    }
  }

  /** A query waits for those before it in its message, too. */
  #answer({ queries, leftUs }: BatchRun, outcomes: readonly WorkerOutcome[]): void {
    const { control, clock } = this.#settings;
    const inside = this.#room.countFrom('normal') + this.#underway.countFrom('normal');
    let beforeUs = 0;
    const again: Waiting[] = [];
    for (const [at, { guest, kind, left }] of queries.entries()) {
      const outcome = outcomes[at]!;
      const waitUs = leftUs - guest.sinceUs + beforeUs;
      if (outcome.kind === 'stopped') {
        if (!guest.answered()) again.push(guest);
        continue;
      }
      if (outcome.kind === 'unscored') {
        beforeUs += outcome.tookMs * 1000;
        void this.#scored(guest, outcome);
        continue;
      }
      if (outcome.kind === 'ok') {
        const serviceMs = outcome.result.timings.totalMs - (guest.request.scores?.tookMs ?? 0);
        control.served(kind, { serviceMs, insideMs: waitUs / 1000 + serviceMs, inside }, clock.nowUs() / 1000);
        beforeUs += serviceMs * 1000;
      }
      guest.resolve(withLeftOut(withQueueTime(outcome, waitUs), left));
    }
    this.#room.enterAgain(again);
  }

  /** Back at the head of the line when its scores are there: it has waited for its turn already. */
  async #scored(guest: Waiting, asked: Unscored): Promise<void> {
    const scores = await this.#settings.scoreOutside!(asked, guest.request);
    if (guest.answered()) return;
    guest.request = { ...guest.request, scores };
    guest.sinceUs += scores.tookMs * 1000;
    this.#room.enterAgain([guest]);
    this.#dispatch();
  }

  #lost(queries: readonly Leaving<Waiting>[], error: Error): void {
    const again: Waiting[] = [];
    for (const { guest } of queries) {
      if (guest.answered()) continue;
      const { deadlineAtMs } = guest.request;
      const inTime = deadlineAtMs === null || this.#settings.clock.wallMs() < deadlineAtMs;
      if (!inTime) guest.resolve({ kind: 'deadline', stage: 'queueMs' });
      else if (guest.again)
        guest.resolve({
          kind: 'failed',
          code: 'worker_lost',
          detail: `Two workers died over this query: ${error.message}`,
        });
      else {
        guest.again = true;
        again.push(guest);
      }
    }
    this.#room.enterAgain(again);
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

/** Says in the answer what was left out of it. */
function withLeftOut(outcome: SearchOutcome, left: readonly Degradation[]): SearchOutcome {
  if (outcome.kind !== 'ok' || left.length === 0) return outcome;
  const { result } = outcome;
  return { kind: 'ok', result: { ...result, degraded: [...result.degraded, ...left] } };
}
