/** How often equal rankings are told apart, and how soon unequal ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Preference, signEvidence } from '../../../ops/canary/preference.ts';
import { randomOf } from '../../../ops/capacity/random.ts';
import { runs as runsOf } from '../../support/runs.ts';

const SEED = 20_261_128;
const ALPHA = 0.05;

/** The mixture as an integral, by Simpson's rule: ∫ p^w (1 − p)^l dp / ½^(w + l). */
function integrated(wins: number, losses: number): number {
  const parts = 2000;
  let sum = 0;
  for (let at = 0; at <= parts; at++) {
    const p = at / parts;
    const weight = at === 0 || at === parts ? 1 : at % 2 === 1 ? 4 : 2;
    sum += weight * (2 * p) ** wins * (2 * (1 - p)) ** losses;
  }
  return sum / (3 * parts);
}

describe('the sign test', () => {
  it('is a mixture over all shares, as the integral has it', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (wins, losses) => {
        expect(Math.exp(signEvidence(wins, losses)) / integrated(wins, losses)).toBeCloseTo(1, 5);
      }),
    );
  });

  it('is a fair game: what either side adds to it makes up for what the other takes', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (wins, losses) => {
        const now = signEvidence(wins, losses);
        const mean =
          (Math.exp(signEvidence(wins + 1, losses) - now) + Math.exp(signEvidence(wins, losses + 1) - now)) / 2;
        expect(mean).toBeCloseTo(1, 6);
      }),
    );
  });

  it('calls one of two equal rankings better in at most one of twenty runs, looked at after every list', () => {
    const random = randomOf(SEED);
    // With SOAK=10 ten thousand.
    const runs = runsOf(1000).numRuns;
    let wrong = 0;
    for (let run = 0; run < runs; run++) {
      let [wins, losses] = [0, 0];
      while (wins + losses < 1000) {
        if (random.next() < 0.5) wins += 1;
        else losses += 1;
        if (signEvidence(wins, losses) < Math.log(1 / ALPHA)) continue;
        wrong += 1;
        break;
      }
    }
    process.stdout.write(`seed ${SEED}: ${wrong} of ${runs} equal pairs were called unequal\n`);
    expect(wrong, `seed ${SEED}`).toBeLessThanOrEqual(ALPHA * runs);
  });

  it('finds a ranking that wins three of five lists within four hundred in the median, and says which', () => {
    const random = randomOf(SEED);
    const needed = Array.from({ length: 400 }, () => {
      const preference = new Preference(ALPHA);
      for (let lists = 1; lists < 5000; lists++) {
        preference.add(random.next() < 0.6 ? 'B' : 'A');
        const { better } = preference.status;
        if (better !== null) return better === 'B' ? lists : Number.POSITIVE_INFINITY;
      }
      return Number.POSITIVE_INFINITY;
    }).sort((one, other) => one - other);
    expect(needed[200], `seed ${SEED}`).toBeLessThanOrEqual(400);
    expect(needed.filter((lists) => lists === Number.POSITIVE_INFINITY).length, `seed ${SEED}`).toBeLessThanOrEqual(12);
  });

  it('leaves one half out of its bounds when, and only when, the evidence is enough', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (a, b) => {
        const preference = new Preference(ALPHA);
        for (let at = 0; at < a; at++) preference.add('A');
        for (let at = 0; at < b; at++) preference.add('B');
        const { bounds, evidence } = preference.status;
        const enough = evidence >= Math.log(1 / ALPHA);
        // To the last halving of the bounds.
        if (Math.abs(evidence - Math.log(1 / ALPHA)) < 1e-6) return;
        expect(bounds.low > 0.5 || bounds.high < 0.5).toBe(enough);
      }),
    );
  });

  it('counts ties apart, and forgets neither what was shown nor how strong it was', () => {
    const preference = new Preference(ALPHA);
    expect(preference.status).toMatchObject({ ties: 0, share: null, pValue: 1, better: null });
    expect(preference.status.evidence).toBeCloseTo(0, 12);
    for (let at = 0; at < 12; at++) preference.add('B');
    for (let at = 0; at < 5; at++) preference.add('tie');
    preference.add('none');
    const { pValue } = preference.status;
    expect(pValue).toBeLessThan(0.01);
    for (let at = 0; at < 12; at++) preference.add('A');
    expect(preference.status).toMatchObject({ wins: { A: 12, B: 12 }, ties: 5, share: 0.5, better: 'B', pValue });
    expect(preference.status.evidence).toBeLessThan(0);
  });
});
