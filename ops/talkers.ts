/**
 * Who asks the most? The Space-Saving sketch (Metwally, Agrawal, El Abbadi, ICDT 2005): however many clients there are, a
 * fixed number of counters, and none that sends more than its share of requests is missed.
 *
 * A minute is six sketches of ten seconds, so that a client that stopped is forgotten within a minute.
 */
import type { Talker } from './observation.ts';

/** Counters a sketch: any client with more than a 256th of the requests is among them. */
const COUNTERS = 256;
const SLICES = 6;
const SLICE_S = 10;

/** Ten seconds' worth. */
class Sketch {
  readonly #at = new Map<string, number>();
  readonly #clients: string[] = [];
  readonly #requests = new Int32Array(COUNTERS);
  readonly #errors = new Int32Array(COUNTERS);
  /** No counter is below it; the next one that is as low is looked for from the cursor on, so that the search is short on average. */
  #floor = 0;
  #cursor = 0;

  add(client: string): void {
    const known = this.#at.get(client);
    if (known !== undefined) {
      this.#requests[known]! += 1;
      return;
    }
    const free = this.#clients.length < COUNTERS;
    const at = free ? this.#clients.length : this.#least();
    if (!free) {
      this.#at.delete(this.#clients[at]!);
      this.#errors[at] = this.#requests[at]!;
    }
    this.#clients[at] = client;
    this.#requests[at]! += 1;
    this.#at.set(client, at);
  }

  *[Symbol.iterator](): Generator<Talker> {
    for (const [at, client] of this.#clients.entries())
      yield { client, requests: this.#requests[at]!, errorMax: this.#errors[at]! };
  }

  /** A counter that none is below. */
  #least(): number {
    for (let looked = 0; looked < COUNTERS; looked++) {
      this.#cursor = (this.#cursor + 1) % COUNTERS;
      if (this.#requests[this.#cursor] === this.#floor) return this.#cursor;
    }
    this.#floor = Math.min(...this.#requests);
    return this.#requests.indexOf(this.#floor);
  }
}

export class Talkers {
  #slices: Sketch[] = [new Sketch()];
  #sliceAgeS = 0;

  add(client: string): void {
    this.#slices[0]!.add(client);
  }

  /** Lets time pass. */
  rotate(elapsedS: number): void {
    this.#sliceAgeS += elapsedS;
    if (this.#sliceAgeS < SLICE_S) return;
    const passed = Math.min(SLICES, Math.floor(this.#sliceAgeS / SLICE_S));
    this.#sliceAgeS %= SLICE_S;
    const fresh = Array.from({ length: passed }, () => new Sketch());
    this.#slices = [...fresh, ...this.#slices].slice(0, SLICES);
  }

  /** Of the last minute, busiest first. */
  top(count: number): Talker[] {
    const all = new Map<string, { client: string; requests: number; errorMax: number }>();
    for (const slice of this.#slices)
      for (const { client, requests, errorMax } of slice) {
        const sum = all.get(client);
        if (sum === undefined) all.set(client, { client, requests, errorMax });
        else {
          sum.requests += requests;
          sum.errorMax += errorMax;
        }
      }
    return [...all.values()].sort((a, b) => b.requests - a.requests).slice(0, count);
  }
}
