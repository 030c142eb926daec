/** `api_errors.log`: one JSON object a line for every request that failed on our side. */
import { type LogSettings, RotatingLog } from './rotating-log.ts';

export interface ErrorEntry {
  readonly timeMs: number;
  readonly requestId: string;
  readonly endpoint: string;
  readonly code: string;
  readonly detail: string;
}

export class ErrorLog {
  readonly #log: RotatingLog;

  constructor(settings: LogSettings) {
    this.#log = new RotatingLog('api_errors.log', settings);
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#log.lost;
  }

  write({ timeMs, ...entry }: ErrorEntry): void {
    this.#log.write({ time: new Date(timeMs).toISOString(), ...entry });
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }
}
