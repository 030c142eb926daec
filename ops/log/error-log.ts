/** `api_errors.log`: one JSON object a line for every request that failed on our side. */
import { type LogSettings, RotatingLog } from './rotating-log.ts';

export interface ErrorEntry {
  readonly timeMs: number;
  readonly requestId: string;
  readonly endpoint: string;
  readonly code: string;
  readonly detail: string;
}

/** As it stands in the file. */
export type ErrorLine = Omit<ErrorEntry, 'timeMs'> & { readonly time: string };

/** Lines that are remembered, and what of a detail is. */
const RECENT_MAX = 200;
const DETAIL_CHARS_MAX = 2000;

export class ErrorLog {
  readonly #log: RotatingLog;
  #recent: ErrorLine[] = [];

  constructor(settings: LogSettings) {
    this.#log = new RotatingLog('api_errors.log', settings);
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#log.lost;
  }

  write({ timeMs, ...entry }: ErrorEntry): void {
    const line = { time: new Date(timeMs).toISOString(), ...entry };
    this.#log.write(line);
    this.#recent.push({ ...line, detail: line.detail.slice(0, DETAIL_CHARS_MAX) });
    if (this.#recent.length >= 2 * RECENT_MAX) this.#recent = this.#recent.slice(-RECENT_MAX);
  }

  /** The last lines since the start, latest last: also those that a full disk did not take. @param count at most 200 */
  recent(count: number): readonly ErrorLine[] {
    return count === 0 ? [] : this.#recent.slice(-Math.min(count, RECENT_MAX));
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }
}
