/** Vectors follow the words: passages are embedded a few at a time, those of the oldest change first, and shown in steps. */
import type { Clock } from '../../engine/clock.ts';
import type { PrepareModels } from '../pool/index.ts';
import type { LiveFeed } from './feeds.ts';
import type { Preparation } from './preparation.ts';

export interface VectorsBehindParts {
  readonly feed: LiveFeed;
  readonly preparation: Pick<Preparation, 'embed'>;
  readonly clock: Clock;
  readonly models: () => PrepareModels;
  /** Lets every thread have what is complete. */
  readonly show: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Passages in one message to the thread that embeds them: some hundred milliseconds. */
const PASSAGES = 8;
/** While there are more: each step makes answers old that the cache has. */
const SHOW_MS = 250;

export class VectorsBehind {
  readonly #parts: VectorsBehindParts;
  #run: Promise<void> | null = null;

  constructor(parts: VectorsBehindParts) {
    this.#parts = parts;
  }

  /** Begins where passages wait, unless that is under way. */
  follow(): void {
    this.#run ??= this.#all();
  }

  /** Resolves when nothing is under way; never rejects. */
  async settled(): Promise<void> {
    await this.#run;
  }

  async #all(): Promise<void> {
    const { feed, preparation, clock, models, show, signal } = this.#parts;
    try {
      let shownUs = clock.nowUs();
      for (let some = feed.unembedded(PASSAGES); some.length > 0 && !signal.aborted; ) {
        feed.embedded(some, await preparation.embed(some, models()));
        some = feed.unembedded(PASSAGES);
        if (some.length > 0 && clock.nowUs() - shownUs < SHOW_MS * 1000) continue;
        shownUs = clock.nowUs();
        await show();
        some = feed.unembedded(PASSAGES);
      }
    } catch {
      // The end came first: what fails otherwise, the preparation has told and given up.
    } finally {
      // In the same breath as the last look: who comes later begins anew.
      this.#run = null;
    }
  }
}
