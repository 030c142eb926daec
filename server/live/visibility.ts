/** Up to where does every search tell of changes, and who waits for more? */
import { EngineError } from '../../engine/errors.ts';

interface Waiting {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: EngineError) => void;
}

export class Visibility {
  #waiting: Waiting[] = [];
  #closed = false;
  sequence = 0;

  /** @throws EngineError draining */
  wait(version: number): Promise<void> {
    if (version <= this.sequence) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(closing());
      else this.#waiting.push({ version, resolve, reject });
    });
  }

  reach(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence);
    const reached = this.#waiting.filter(({ version }) => version <= this.sequence);
    this.#waiting = this.#waiting.filter(({ version }) => version > this.sequence);
    for (const { resolve } of reached) resolve();
  }

  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting) reject(closing());
    this.#waiting = [];
  }
}

const closing = (): EngineError => new EngineError('draining', 'The server is shutting down');
