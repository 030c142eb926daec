/** Which process keeps the incidents and the audit log of these logs? One at a time: whoever has the folder's lock. */
import { EngineError } from '../../engine/errors.ts';
import { lockIndex } from '../../engine/store/index.ts';

export class Hold {
  readonly #folder: string;
  #release: (() => void) | null = null;
  #why = 'nobody has asked yet';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Why this process must not write there; null where it may. */
  get refusal(): string | null {
    return this.#release === null ? this.#why : null;
  }

  /** @returns whether this process has it now, and had not before */
  take(): boolean {
    if (this.#release !== null) return false;
    try {
      this.#release = lockIndex(this.#folder);
      return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const { code, message, place } = error;
      this.#why =
        code === 'index_busy'
          ? `process ${String(place.value)} keeps them: ${this.#folder}`
          : `the folder cannot be written: ${message}`;
      return false;
    }
  }

  release(): void {
    this.#release?.();
    this.#release = null;
  }
}
