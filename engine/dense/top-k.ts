import type { Candidates } from '../types.ts';

/** The k best of a stream: a binary heap with the worst on top; equal scores prefer the lower id. */
export class TopK {
  readonly #k: number;
  readonly #ids: Uint32Array;
  readonly #scores: Float32Array;
  #size = 0;

  constructor(k: number) {
    this.#k = k;
    this.#ids = new Uint32Array(k);
    this.#scores = new Float32Array(k);
  }

  /** A score that is not above this cannot enter, unless its id is lower than that of an equal one. */
  get threshold(): number {
    return this.#size < this.#k ? Number.NEGATIVE_INFINITY : this.#scores[0]!;
  }

  offer(id: number, score: number): void {
    if (Number.isNaN(score)) return;
    if (this.#size < this.#k) {
      this.#place(this.#size++, id, score);
      this.#up(this.#size - 1);
    } else if (this.#worse(0, id, score)) {
      this.#place(0, id, score);
      this.#down(0, this.#size);
    }
  }

  /** Best first. The heap is spent. */
  take(): Candidates {
    for (let end = this.#size - 1; end > 0; end--) {
      this.#swap(0, end);
      this.#down(0, end);
    }
    return { ids: this.#ids.slice(0, this.#size), scores: this.#scores.slice(0, this.#size) };
  }

  #place(at: number, id: number, score: number): void {
    this.#ids[at] = id;
    this.#scores[at] = score;
  }

  /** Whether the entry ranks below (id, score). */
  #worse(at: number, id: number, score: number): boolean {
    const own = this.#scores[at]!;
    return own < score || (own === score && this.#ids[at]! > id);
  }

  #swap(a: number, b: number): void {
    const id = this.#ids[a]!;
    const score = this.#scores[a]!;
    this.#place(a, this.#ids[b]!, this.#scores[b]!);
    this.#place(b, id, score);
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#worse(at, this.#ids[parent]!, this.#scores[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number, end: number): void {
    let at = from;
    for (;;) {
      const left = at * 2 + 1;
      if (left >= end) return;
      const right = left + 1;
      const child = right < end && this.#worse(right, this.#ids[left]!, this.#scores[left]!) ? right : left;
      if (!this.#worse(child, this.#ids[at]!, this.#scores[at]!)) return;
      this.#swap(at, child);
      at = child;
    }
  }
}
