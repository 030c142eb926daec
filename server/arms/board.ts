/** What threads look at: which variants there are, and which of them run. */
import { type ArmsState, countStop, newRunning, type RunningVariant } from '../../engine/index.ts';
import { VARIANTS_MAX, type Variant } from '../../engine/variant.ts';
import type { Arming, Kept } from '../pool/index.ts';

const PLACES = Array.from({ length: VARIANTS_MAX }, (_, at) => at);

export class Board implements Arming {
  /**
   * A variant's serial number at its place, for as long as it runs. A thread that knows of an older one at that place finds another
   * number there, and so that its own was stopped.
   */
  readonly running = newRunning();
  state: ArmsState = { serial: 0, variants: [], faults: [] };
  kepts: readonly Kept[] = [];
  #serial = 0;

  /** Those that run already go on. @param stopped names of those that do not run */
  show(variants: readonly Variant[], stopped: ReadonlySet<string>): void {
    const before = new Map(this.state.variants.map((one) => [JSON.stringify(one.variant), one]));
    const going = variants.map((variant) => {
      const known = before.get(JSON.stringify(variant));
      return known !== undefined && this.#runs(known) ? known : null;
    });
    const taken = new Set(going.map((one) => one?.at));
    const free = PLACES.filter((at) => !taken.has(at));
    const now = variants.map(
      (variant, at): RunningVariant => going[at] ?? { variant, at: free.shift()!, serial: ++this.#serial },
    );
    const places = new Set(now.map(({ at }) => at));
    for (const { at, serial, variant } of now) Atomics.store(this.running, at, stopped.has(variant.name) ? 0 : serial);
    for (const at of PLACES) if (!places.has(at)) Atomics.store(this.running, at, 0);
    this.state = { ...this.state, serial: this.state.serial + 1, variants: now };
  }

  stop(names: readonly string[]): void {
    for (const { variant, at } of this.state.variants)
      if (names.includes(variant.name)) Atomics.store(this.running, at, 0);
    countStop(this.running);
  }

  strikeWith(faults: ArmsState['faults']): void {
    this.state = { ...this.state, serial: this.state.serial + 1, faults };
  }

  #runs({ at, serial }: RunningVariant): boolean {
    return Atomics.load(this.running, at) === serial;
  }
}
