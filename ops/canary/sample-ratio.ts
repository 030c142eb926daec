/**
 * Do as many people come out in the canary as were to be put there? If not, something loses them on the way, and no comparison holds. The
 * same kind of test as that of {@link Evidence}, against any other ratio in either direction: the Dirichlet mixture of Lindon & Malek.
 *
 * People are to be counted, each once: requests of one person are no independent draws.
 */
import { logBeta } from './log-gamma.ts';

/** How strongly the mixture holds on to the configured share, in people: a thousand find a deviation of a few percent soonest. */
const CONCENTRATION = 1000;

export interface RatioCounts {
  readonly logBefore: number;
  readonly share: number;
  readonly canary: number;
  readonly control: number;
}

export class SampleRatio {
  /** Of the steps before, each with its share. */
  #logBefore = 0;
  #share = 0;
  #canary = 0;
  #control = 0;

  get counts(): RatioCounts {
    return { logBefore: this.#logBefore, share: this.#share, canary: this.#canary, control: this.#control };
  }

  restore({ logBefore, share, canary, control }: RatioCounts): void {
    this.#logBefore = logBefore;
    this.#share = share;
    this.#canary = canary;
    this.#control = control;
  }

  /** @param share of the canary; a new one begins a new count, and what was found before still counts */
  add(inCanary: boolean, share: number): void {
    if (!(share > 0 && share < 1)) return;
    if (share !== this.#share) {
      this.#logBefore = this.log;
      this.#share = share;
      this.#canary = this.#control = 0;
    }
    if (inCanary) this.#canary += 1;
    else this.#control += 1;
  }

  /** Natural logarithm of the evidence that the ratio is another. */
  get log(): number {
    const [n1, n0, share] = [this.#canary, this.#control, this.#share];
    if (n1 + n0 === 0) return this.#logBefore;
    const [a1, a0] = [CONCENTRATION * share, CONCENTRATION * (1 - share)];
    const mixture = logBeta(a1 + n1, a0 + n0) - logBeta(a1, a0);
    return this.#logBefore + mixture - n1 * Math.log(share) - n0 * Math.log(1 - share);
  }
}
