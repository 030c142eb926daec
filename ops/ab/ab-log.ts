/**
 * `ab_metrics.jsonl`: a line for every search and every click, rotated. A query never waits for it: a burst is cut at so many lines a
 * second, and a slow disk costs lines. Both are counted.
 */
import { type LogSettings, RotatingLog } from '../log/rotating-log.ts';
import type { AbLine } from './line.ts';

export const AB_LOG = 'ab_metrics.jsonl';

export class AbLog {
  readonly #log: RotatingLog;
  readonly #perSecondMax: number;
  #second = 0;
  #inSecond = 0;
  #skipped = 0;

  /** @param linesPerSecondMax 0 writes nothing */
  constructor(settings: LogSettings, linesPerSecondMax: number) {
    this.#log = new RotatingLog(AB_LOG, settings);
    this.#perSecondMax = linesPerSecondMax;
  }

  /** Lines that the disk did not take. */
  get lost(): number {
    return this.#log.lost;
  }

  /** Lines that came when the second had as many as it may. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Whether there is room for a line, which is then to be written: asked before one is made. */
  admits(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    if (this.#inSecond >= this.#perSecondMax) {
      this.#skipped += this.#perSecondMax > 0 ? 1 : 0;
      return false;
    }
    this.#inSecond += 1;
    return true;
  }

  write(line: AbLine): void {
    this.#log.write(line);
  }

  /** Never rejects; resolves when every line that was taken before is written or counted as lost. */
  flush(): Promise<void> {
    return this.#log.flush();
  }
}
