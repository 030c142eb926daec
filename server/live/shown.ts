/**
 * What do answers tell of by now, and who waits for more?
 *
 * Words of changes come first, in the order of their versions; vectors follow by themselves. Each step gives the state another name.
 * A thread applies what is in the feed before it answers, so a step counts from the moment at which the feed has it; those that are
 * idle are told.
 */
import type { Clock } from '../../engine/clock.ts';
import { stateName } from '../../engine/index.ts';
import type { EnginePool } from '../pool/index.ts';
import type { ChangeCounts } from './change-counts.ts';
import type { VisibleStep } from './contract.ts';
import type { LiveFeed } from './feeds.ts';
import { Lately } from './lately.ts';
import type { CutChange, Preparation } from './preparation.ts';
import { VectorsBehind } from './vectors-behind.ts';
import { Visibility } from './visibility.ts';

export interface ShownParts {
  readonly pool: Pick<EnginePool, 'serving' | 'catchUp'>;
  readonly feed: LiveFeed;
  readonly preparation: Preparation;
  readonly clock: Clock;
  readonly counts: ChangeCounts;
  readonly signal: AbortSignal;
}

export class Shown {
  readonly #parts: ShownParts;
  readonly #steps: Readonly<Record<VisibleStep, Visibility>> = { words: new Visibility(), whole: new Visibility() };
  readonly #lately: Lately;
  readonly #vectors: VectorsBehind;
  /** Up to here changes are in the feed. */
  preparedTo = 0;

  constructor(parts: ShownParts) {
    this.#parts = parts;
    this.#lately = new Lately(parts.clock);
    this.#vectors = new VectorsBehind({
      ...parts,
      models: () => parts.pool.serving.manifest,
      show: async () => {
        this.#step(() => parts.feed.show());
        await parts.pool.catchUp(parts.pool.serving);
      },
    });
  }

  /** By what answers are known now. */
  get state(): string {
    const { pool, feed } = this.#parts;
    const { manifest } = pool.serving;
    return stateName(manifest.generation, feed.stateOf(manifest));
  }

  sequence(step: VisibleStep): number {
    return this.#steps[step].sequence;
  }

  /** Changes up to a sequence as they are found by their words. */
  add(cut: readonly CutChange[], upTo: number): void {
    this.#step(() => {
      this.#parts.feed.add(cut);
      this.preparedTo = upTo;
    });
  }

  /** The generation that serves has those up to a sequence itself. */
  drop(upTo: number): void {
    this.#step(() => {
      this.#parts.feed.drop(upTo);
      this.preparedTo = Math.max(this.preparedTo, upTo);
    });
  }

  /** @throws EngineError draining */
  wait(version: number, step: VisibleStep): Promise<void> {
    return this.#steps[step].wait(version);
  }

  /** As {@link wait}, for somebody who relies on it: no answer from before is given again. */
  async visible(version: number, step: VisibleStep): Promise<void> {
    await this.wait(version, step);
    this.#lately.forget();
  }

  /** See {@link Lately}. */
  goneForMs(state: string): number | null {
    return this.#lately.goneForMs(state);
  }

  /** Nobody waits any longer. */
  close(): void {
    for (const step of Object.values(this.#steps)) step.close();
  }

  /** Resolves when no vectors are under way. */
  settled(): Promise<void> {
    return this.#vectors.settled();
  }

  #step(change: () => void): void {
    const before = this.state;
    change();
    if (this.state !== before) this.#lately.left(before);
    const { firstBehind } = this.#parts.feed;
    this.#reach('words', this.preparedTo);
    this.#reach('whole', firstBehind === null ? this.preparedTo : firstBehind - 1);
    if (firstBehind !== null) this.#vectors.follow();
  }

  #reach(step: VisibleStep, upTo: number): void {
    this.#parts.counts.visible(step, upTo);
    this.#steps[step].reach(upTo);
  }
}
