/**
 * Is one ranking clicked more often than the other? A sign test that may be looked at after every list: were the rankings alike, each
 * list that has a winner would have been won by either with the probability of one half, since a coin gave out the teams. The evidence is
 * what a uniform mixture of all shares makes of the wins, against one half (Robbins, Ann. Math. Statist. 41, 1970): a martingale that
 * exceeds 1/α with a probability of at most α, ever (Ville's inequality). It speaks up for either side.
 *
 * The bounds of the share are of the same mixture, so that they leave one half out when, and only when, the evidence has reached 1/α.
 */
import { type Bounds, rateBounds } from './confidence.ts';
import type { ListOutcome, Team } from './interleave.ts';
import { logBeta } from './log-gamma.ts';

export interface PreferenceStatus {
  /** Lists by what their clicks said. */
  readonly wins: Readonly<Record<Team, number>>;
  readonly ties: number;
  /** Share of B in the lists that one of them has won. */
  readonly share: number | null;
  readonly bounds: Bounds;
  /** Natural logarithm of the evidence against equal rankings, now. */
  readonly evidence: number;
  /** At most so probable were evidence like the strongest there has been, were the rankings alike; 0 … 1. */
  readonly pValue: number;
  /** Null as long as nothing is shown; what was once shown stays shown. */
  readonly better: Team | null;
}

/** To go on from after a restart. */
export interface PreferenceRecord {
  readonly wins: Readonly<Record<Team, number>>;
  readonly ties: number;
  /** Of the evidence there has been. */
  readonly strongest: number;
  readonly better: Team | null;
}

export class Preference {
  readonly #alpha: number;
  readonly #wins = { A: 0, B: 0 };
  #ties = 0;
  #strongest = 0;
  #better: Team | null = null;

  /** @param alpha probability of ever calling one better where the rankings are alike */
  constructor(alpha: number, before?: PreferenceRecord) {
    this.#alpha = alpha;
    if (before === undefined) return;
    Object.assign(this.#wins, before.wins);
    this.#ties = before.ties;
    this.#strongest = before.strongest;
    this.#better = before.better;
  }

  get record(): PreferenceRecord {
    return { wins: { ...this.#wins }, ties: this.#ties, strongest: this.#strongest, better: this.#better };
  }

  add(outcome: ListOutcome): void {
    if (outcome === 'tie') this.#ties += 1;
    if (outcome !== 'A' && outcome !== 'B') return;
    this.#wins[outcome] += 1;
    const { A, B } = this.#wins;
    const evidence = signEvidence(A, B);
    this.#strongest = Math.max(this.#strongest, evidence);
    if (evidence >= Math.log(1 / this.#alpha)) this.#better ??= A > B ? 'A' : 'B';
  }

  get status(): PreferenceStatus {
    const { A, B } = this.#wins;
    return {
      wins: { A, B },
      ties: this.#ties,
      share: A + B === 0 ? null : B / (A + B),
      bounds: rateBounds(B, A + B, this.#alpha),
      evidence: signEvidence(A, B),
      pValue: Math.exp(-this.#strongest),
      better: this.#better,
    };
  }
}

/** Natural logarithm of the evidence that wins and losses are not of one half each. */
export const signEvidence = (wins: number, losses: number): number =>
  logBeta(wins + 1, losses + 1) + (wins + losses) * Math.LN2;
