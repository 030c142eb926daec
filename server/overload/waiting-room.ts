/** Who may wait for a worker, who has waited too long, and who goes next with what is left of his query? */
import type { Clock } from '../../engine/clock.ts';
import type { Degradation, SearchOutcome, SearchRequest } from '../../engine/types.ts';
import type { LoadControl, ShedReason } from './load-control.ts';
import type { Priority } from './priority.ts';
import { WaitingLine } from './waiting-line.ts';

export interface Guest {
  readonly request: SearchRequest;
  readonly priority: Priority;
  /** Of the query as it was asked. */
  readonly kind: string;
  readonly sinceUs: number;
  /** Whether a worker died over it. */
  readonly again: boolean;
  /** The first outcome counts; later ones are dropped. */
  readonly resolve: (outcome: SearchOutcome) => void;
}

/** A guest whose turn has come. */
export interface Leaving<One> {
  readonly guest: One;
  /** As a worker is asked. */
  readonly request: SearchRequest;
  readonly priority: Priority;
  /** Of the query as a worker is asked. */
  readonly kind: string;
  /** What was left out of it. */
  readonly left: readonly Degradation[];
  /** Expected time of a worker, milliseconds; 0 where nobody knows. */
  readonly workMs: number;
}

export interface WaitingRoomSettings {
  /** Most queries in one message. */
  readonly dispatchQueriesMax: number;
  /** Most queries that wait. */
  readonly queueQueriesMax: number;
  readonly clock: Clock;
  readonly control: LoadControl;
}

/** What the workers are on. */
export interface Busyness {
  /** Queries of a class and of more urgent ones that workers are on. */
  readonly queries: number;
  /** Expected time until all are through, one after the other, milliseconds. */
  readonly leftMs: number;
}

/** Expected work of a message beyond its first query: short queries share its cost, longer ones do not wait for each other. */
const DISPATCH_WORK_MS = 5;

/** What a caller is told. */
export const SHED_DETAILS: Readonly<Record<ShedReason, string>> = {
  queue: 'As many queries wait as may wait',
  concurrency: 'More queries are being answered than can be answered soon',
  deadline: 'The answer would not be ready before the deadline',
  delay: 'The query waited too long for its turn',
  cache_only: 'Only answers that are known already are given for the moment',
  refuse: 'No queries are taken for the moment',
};

export class WaitingRoom<One extends Guest> {
  readonly #settings: WaitingRoomSettings;
  readonly #line = new WaitingLine<One>();

  constructor(settings: WaitingRoomSettings) {
    this.#settings = settings;
  }

  get waiting(): number {
    return this.#line.length;
  }

  countFrom(priority: Priority): number {
    return this.#line.countFrom(priority);
  }

  /** Lets a guest in, or tells him why not. @param busy as the guest's class has it */
  enter(guest: One, busy: Busyness): void {
    const { control } = this.#settings;
    control.asked(guest.request);
    const reason = this.#reasonAgainst(guest, busy);
    if (reason !== null) {
      this.#shed(guest, reason);
      return;
    }
    this.#line.push(guest);
    this.#changed();
  }

  /** Lets those back in that were out already, before all others. */
  enterAgain(guests: readonly One[]): void {
    this.#line.pushFirst(guests);
    this.#changed();
  }

  /** Whether it was still waiting. */
  leave(guest: One): boolean {
    const waited = this.#line.remove(guest);
    if (waited) this.#changed();
    return waited;
  }

  clear(): One[] {
    const all = this.#line.clear();
    this.#changed();
    return all;
  }

  /** What one of so many idle workers gets: its share of who waits, as far as that is worth one message. */
  gather(idle: number): Leaving<One>[] {
    const { dispatchQueriesMax, control, clock } = this.#settings;
    const most = Math.min(dispatchQueriesMax, Math.ceil(this.#line.length / idle));
    const gathered: Leaving<One>[] = [];
    let workMs = 0;
    while (gathered.length < most) {
      const guest = this.#line.next();
      if (guest === undefined) break;
      const { request, kind, left, expectedMs } = control.lower(guest.request, guest.priority, clock.nowUs() / 1000);
      // What nobody has seen may take long.
      workMs += expectedMs ?? DISPATCH_WORK_MS;
      if (gathered.length > 0 && (guest.again || workMs > DISPATCH_WORK_MS)) break;
      this.#line.remove(guest);
      if (this.#endsHere(guest)) continue;
      gathered.push({ guest, request, priority: guest.priority, kind, left, workMs: expectedMs ?? 0 });
      if (guest.again) break;
    }
    this.#changed();
    return gathered;
  }

  #reasonAgainst({ request, priority }: One, busy: Busyness): ShedReason | null {
    const { control, clock, queueQueriesMax } = this.#settings;
    const { deadlineAtMs } = request;
    const reason = control.judge(request, priority, {
      inside: this.#line.countFrom(priority) + busy.queries,
      workMsBefore: busy.leftMs + this.#line.workMsBefore(priority, (kind, other) => control.workMs(kind, other)),
      leftMs: deadlineAtMs === null ? null : deadlineAtMs - clock.wallMs(),
    });
    if (reason !== null || this.#line.length < queueQueriesMax) return reason;
    const last = this.#line.removeBelow(priority);
    if (last === undefined) return 'queue';
    this.#shed(last, 'queue');
    return null;
  }

  /** Whether no worker needs to be asked any more. */
  #endsHere(guest: One): boolean {
    const { clock, control } = this.#settings;
    const { request, priority, sinceUs, resolve } = guest;
    const { deadlineAtMs } = request;
    if (deadlineAtMs !== null && clock.wallMs() >= deadlineAtMs) {
      resolve({ kind: 'deadline', stage: 'queueMs' });
      return true;
    }
    const nowMs = this.#nowMs();
    const waitMs = nowMs - sinceUs / 1000;
    const leftMs = deadlineAtMs === null ? null : deadlineAtMs - clock.wallMs();
    if (!control.waitedTooLong({ waitMs, leftMs }, priority, nowMs)) return false;
    this.#shed(guest, 'delay');
    return true;
  }

  #shed({ priority, resolve }: One, reason: ShedReason): void {
    this.#settings.control.refused(reason, priority);
    resolve({ kind: 'failed', code: 'overloaded', detail: SHED_DETAILS[reason] });
  }

  #changed(): void {
    this.#settings.control.lineChanged(this.#line.countFrom('normal'), this.#nowMs());
  }

  #nowMs(): number {
    return this.#settings.clock.nowUs() / 1000;
  }
}
