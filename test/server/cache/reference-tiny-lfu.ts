/** W-TinyLFU the obvious way: arrays, oldest first, searched from end to end. Counts are those of the same sketch. */
import { FrequencySketch } from '../../../server/cache/frequency-sketch.ts';
import { textHash } from '../../../server/cache/text-hash.ts';

interface Item {
  readonly key: string;
  readonly bytes: number;
}

const bytesIn = (items: readonly Item[]): number => items.reduce((sum, { bytes }) => sum + bytes, 0);

export class ReferenceTinyLfu {
  window: Item[] = [];
  probation: Item[] = [];
  kept: Item[] = [];
  readonly #sketch: FrequencySketch;
  readonly #seed: number;
  readonly #windowMax: { entries: number; bytes: number };
  readonly #mainMax: { entries: number; bytes: number };

  constructor(entriesMax: number, bytesMax: number, seed: number) {
    this.#sketch = new FrequencySketch(entriesMax);
    this.#seed = seed;
    this.#windowMax = { entries: Math.ceil(entriesMax / 100), bytes: Math.ceil(bytesMax / 100) };
    this.#mainMax = { entries: entriesMax - this.#windowMax.entries, bytes: bytesMax - this.#windowMax.bytes };
  }

  get keys(): string[] {
    return [...this.window, ...this.probation, ...this.kept].map(({ key }) => key).sort();
  }

  get(key: string): boolean {
    this.#sketch.add(textHash(key, this.#seed));
    const item = [...this.window, ...this.probation, ...this.kept].find((one) => one.key === key);
    if (item === undefined) return false;
    if (this.window.includes(item)) this.window = [...this.window.filter((one) => one !== item), item];
    else {
      this.probation = this.probation.filter((one) => one !== item);
      this.kept = [...this.kept.filter((one) => one !== item), item];
      const entriesMax = Math.floor(this.#mainMax.entries * 0.8);
      const bytesMax = Math.floor(this.#mainMax.bytes * 0.8);
      while (this.kept.length > entriesMax || bytesIn(this.kept) > bytesMax) this.probation.push(this.kept.shift()!);
    }
    return true;
  }

  set(key: string, bytes: number): void {
    this.delete(key);
    if (bytes > this.#windowMax.bytes) this.#admit({ key, bytes });
    else this.window.push({ key, bytes });
    while (this.window.length > this.#windowMax.entries || bytesIn(this.window) > this.#windowMax.bytes)
      this.#admit(this.window.shift()!);
  }

  delete(key: string): void {
    for (const list of ['window', 'probation', 'kept'] as const)
      this[list] = this[list].filter((one) => one.key !== key);
  }

  #worth({ key }: Item): number {
    return this.#sketch.estimate(textHash(key, this.#seed));
  }

  #admit(candidate: Item): void {
    if (candidate.bytes > this.#mainMax.bytes || this.#mainMax.entries === 0) return;
    const inOrder = [...this.probation, ...this.kept];
    let leaving = 0;
    const fits = (): boolean =>
      inOrder.length - leaving + 1 <= this.#mainMax.entries &&
      bytesIn(inOrder.slice(leaving)) + candidate.bytes <= this.#mainMax.bytes;
    while (!fits()) leaving += 1;
    const victims = inOrder.slice(0, leaving);
    const worth = victims.reduce((sum, victim) => sum + this.#worth(victim), 0);
    if (leaving > 0 && worth >= this.#worth(candidate)) return;
    this.probation = [...this.probation.filter((one) => !victims.includes(one)), candidate];
    this.kept = this.kept.filter((one) => !victims.includes(one));
  }
}
