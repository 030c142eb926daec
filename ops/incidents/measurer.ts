/** When are the figures of an incident taken? When it is resolved, before the rings forget, and once more when its aftermath is known. */
import { setImmediate } from 'node:timers/promises';
import type { IncidentBook } from './book.ts';
import type { Incident } from './incident.ts';
import { type MeasureParts, measuring } from './measure.ts';
import type { Measured } from './record/measured.ts';

/** So long after it was resolved the time after it is worth looking at. */
const AFTERMATH_S = 600;

export class Measurer {
  readonly #book: IncidentBook;
  readonly #parts: () => MeasureParts;
  readonly #wallMs: () => number;
  readonly #onFault: (error: unknown) => void;
  /** When the next figures are due, by the seconds of `step`; null for at once. */
  readonly #due = new Map<string, number | null>();
  #work: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(book: IncidentBook, parts: () => MeasureParts, wallMs: () => number, onFault: (error: unknown) => void) {
    this.#onFault = onFault;
    this.#book = book;
    this.#parts = parts;
    this.#wallMs = wallMs;
    // Of those that were resolved when the process before died.
    for (const incident of book.all())
      if (isMeasured(incident) && incident.measured === null) this.#due.set(incident.id, null);
  }

  /** It has been resolved. */
  due(id: string): void {
    this.#due.set(id, null);
  }

  step(nowS: number): void {
    for (const [id, dueS] of this.#due) {
      if (dueS !== null && nowS < dueS) continue;
      if (dueS === null) this.#due.set(id, nowS + AFTERMATH_S);
      else this.#due.delete(id);
      this.#work = this.#work.then(() => this.#record(id)).catch(this.#onFault);
    }
  }

  /** With pauses, so that requests go in between. */
  async measure({ openedMs, mitigated }: Incident): Promise<Measured> {
    const steps = measuring({ openedMs, mitigatedMs: mitigated?.timeMs ?? null, nowMs: this.#wallMs() }, this.#parts());
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      await setImmediate();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #record(id: string): Promise<void> {
    const incident = this.#book.get(id);
    if (incident === undefined || !isMeasured(incident)) return;
    const measured = await this.measure(incident);
    // Opened again or forgotten meanwhile: then other figures will be due.
    if (!this.#stopped && this.#book.get(id)?.state === 'resolved')
      this.#book.record(id, { kind: 'measured', measured });
  }
}

/** One that is part of another is measured with that. */
const isMeasured = ({ state, mergedInto, summarised }: Incident): boolean =>
  state === 'resolved' && mergedInto === null && !summarised;
