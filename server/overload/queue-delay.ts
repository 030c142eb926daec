/**
 * Is there a queue that does not go away? A queue that empties again and again absorbs bursts; one that stands only makes everybody late.
 *
 * Controlled delay (CoDel, RFC 8289), for queries instead of packets (Maurer, "Fail at scale", ACM Queue 13-8): while a queue stands, who
 * has waited too long is refused when his turn comes, so that what is answered is answered in time.
 */

export interface QueueDelaySettings {
  /** A queue that has not been empty for so long stands, milliseconds. */
  readonly queueDelayTargetMs: number;
  /** Who has waited longer in one that stands is refused, milliseconds. */
  readonly queueDelayMaxMs: number;
}

export interface Wait {
  readonly waitMs: number;
  /** Until the deadline; null without one. */
  readonly leftMs: number | null;
}

/** Of its whole time, what a query may spend waiting in a queue that stands. */
const DEADLINE_SHARE = 0.5;

/** Queries that may pass before a queue of slow ones is said to stand, and that one of them may wait for. */
const QUERIES = 2;

export class QueueDelay {
  readonly #settings: QueueDelaySettings;
  #sinceMs: number | null = null;
  #emptySinceMs: number;

  constructor(settings: QueueDelaySettings, nowMs: number) {
    this.#settings = settings;
    this.#emptySinceMs = nowMs;
  }

  /** To be told whenever somebody comes or goes. */
  changed(waiting: number, nowMs: number): void {
    if (waiting === 0) {
      if (this.#sinceMs !== null) this.#emptySinceMs = nowMs;
      this.#sinceMs = null;
    } else this.#sinceMs ??= nowMs;
  }

  /** @param serviceMs what a query takes on average: slow ones make a longer queue before it is one */
  stands(serviceMs: number, nowMs: number): boolean {
    const patienceMs = Math.max(this.#settings.queueDelayTargetMs, QUERIES * serviceMs);
    return this.#sinceMs !== null && nowMs - this.#sinceMs > patienceMs;
  }

  /** Whether one that waited so long is to be refused instead of served. */
  isTooLong({ waitMs, leftMs }: Wait, serviceMs: number, nowMs: number): boolean {
    if (!this.stands(serviceMs, nowMs)) return false;
    const deadlineMs = leftMs === null ? Number.POSITIVE_INFINITY : waitMs + leftMs;
    return (
      waitMs > Math.min(Math.max(this.#settings.queueDelayMaxMs, QUERIES * serviceMs), DEADLINE_SHARE * deadlineMs)
    );
  }

  /** For how long nobody has had to wait, milliseconds. */
  emptyMs(nowMs: number): number {
    return this.#sinceMs === null ? nowMs - this.#emptySinceMs : 0;
  }
}
