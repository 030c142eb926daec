/** How often a canary that is no worse is stopped, and how soon one that is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateBounds } from '../../../ops/canary/confidence.ts';
import { Evidence, logAverage } from '../../../ops/canary/evidence.ts';
import { logGamma } from '../../../ops/canary/log-gamma.ts';
import { SampleRatio } from '../../../ops/canary/sample-ratio.ts';
import { Seldom } from '../../../ops/canary/seldom.ts';
import { Trial } from '../../../ops/canary/trial.ts';
import { randomOf } from '../../../ops/capacity/random.ts';
import { runs as runsOf } from '../../support/runs.ts';

const SEED = 20_261_128;
const LIMIT = Math.log(100);

describe('evidence', () => {
  it('is the average of what the bets have become, told apart from a plain product only by its logarithm', () => {
    const weighted = [
      [1.5, 0.1],
      [4, 0.15],
      [10, 0.55],
      [30, 0.2],
    ] as const;
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (events, share) => {
          const evidence = new Evidence();
          for (const inCanary of events) evidence.add(inCanary, share);
          const bets = weighted.map(([ratio, weight]) => {
            const expected = (share * ratio) / (share * ratio + 1 - share);
            return events.reduce(
              (bet, inCanary) => bet * (inCanary ? expected / share : (1 - expected) / (1 - share)),
              weight as number,
            );
          });
          const mean = bets.reduce((sum, bet) => sum + bet, 0);
          expect(evidence.log).toBeCloseTo(Math.log(mean), 8);
        },
      ),
    );
  });

  it('of a canary that is no worse stops it in at most one run of a hundred, whatever the load does', () => {
    const random = randomOf(SEED).next;
    // With SOAK=10 ten thousand.
    const runs = runsOf(1000).numRuns;
    let stopped = 0;
    for (let run = 0; run < runs; run++) {
      const evidence = [0, 1, 2, 3, 4].map(() => new Evidence());
      // Three hundred bad events of each kind: 60 000 requests at half a percent, more by day than by night, and a share that grows.
      for (let at = 0; at < 300; at++) {
        const share = at < 100 ? 0.05 : at < 200 ? 0.1 : 0.5;
        for (const one of evidence) one.add(random() < share, share);
        if (
          logAverage(
            evidence.map(({ log }) => log),
            [0.7, 0.075, 0.075, 0.075, 0.075],
          ) < LIMIT
        )
          continue;
        stopped += 1;
        break;
      }
    }
    process.stdout.write(`${stopped} of ${runs} canaries that are no worse were stopped (seed ${SEED})\n`);
    // One percent, and three standard deviations of what chance makes of it.
    expect(stopped, `seed ${SEED}`).toBeLessThanOrEqual(runs / 100 + 3 * Math.sqrt(runs / 100));
  });

  it.each([
    [0.1, 10, 'error', 0.005, 1000],
    [0.5, 4, 'error', 0.005, 2300],
    [0.05, 40, 'error', 0.005, 400],
    [0.1, 10, 'slow', 0.01, 1000],
    [0.5, 4, 'slow', 0.01, 2300],
  ] as const)(
    'at a share of %d finds that what goes wrong is %d times as much: %s, usually %d, within %d requests in the median',
    (share, times, kind, base, requests) => {
      const random = randomOf(SEED).next;
      const needed = Array.from({ length: 400 }, () => {
        const trial = new Trial({ alpha: 0.01, consecutiveFailuresMax: 5 });
        for (let request = 1; request <= 60_000; request++) {
          const canary = random() < share;
          const bad = random() < base * (canary ? times : 1) ? [kind] : [];
          trial.add({ canary, identity: '', share, bad, nowMs: request });
          if (bad.length > 0 && trial.verdict.kind !== 'none') return request;
        }
        return Number.POSITIVE_INFINITY;
      }).sort((a, b) => a - b);
      expect(needed[200], `seed ${SEED}`).toBeLessThanOrEqual(requests);
    },
  );

  it('says nothing where there is nothing to compare with', () => {
    const evidence = new Evidence();
    for (let at = 0; at < 100; at++) for (const share of [0, 1, Number.NaN]) evidence.add(true, share);
    expect(evidence.log).toBeCloseTo(0, 12);
  });
});

describe('bounds of a rate', () => {
  it('hold at every moment of nineteen runs in twenty', () => {
    const random = randomOf(SEED).next;
    for (const rate of [0.002, 0.05, 0.5]) {
      let wrong = 0;
      for (let run = 0; run < 200; run++) {
        let bad = 0;
        let outside = false;
        for (let all = 1; all <= 2000; all++) {
          if (random() < rate) bad += 1;
          if (all % 40 !== 0) continue;
          const { low, high } = rateBounds(bad, all, 0.05);
          outside ||= rate < low || rate > high;
        }
        if (outside) wrong += 1;
      }
      expect(wrong, `rate ${rate}, seed ${SEED}`).toBeLessThanOrEqual(10 + 10);
    }
  });

  it('close in on what was seen, and are 0 and 1 before anything was', () => {
    expect(rateBounds(0, 0, 0.05)).toEqual({ low: 0, high: 1 });
    const [few, many] = [rateBounds(1, 100, 0.05), rateBounds(100, 10_000, 0.05)];
    expect(many.high - many.low).toBeLessThan(few.high - few.low);
    expect([many.low < 0.01, many.high > 0.01]).toEqual([true, true]);
    expect(rateBounds(50, 50, 0.05).high).toBe(1);
  });

  it('rest on ln Γ', () => {
    for (const [x, value] of [
      [1, 0],
      [2, 0],
      [5, Math.log(24)],
      [0.5, Math.log(Math.PI) / 2],
      [101, 363.739_375_555_563_5],
    ] as const)
      expect(logGamma(x)).toBeCloseTo(value, 9);
  });
});

describe('the ratio of the arms', () => {
  it('is found to be another one, and seldom where it is not', () => {
    const random = randomOf(SEED).next;
    const logAfter = (actual: number, people: number): number => {
      const ratio = new SampleRatio();
      let highest = 0;
      for (let at = 0; at < people; at++) {
        ratio.add(random() < actual, 0.1);
        highest = Math.max(highest, ratio.log);
      }
      return highest;
    };
    expect(logAfter(0.08, 20_000)).toBeGreaterThan(Math.log(1000));
    const wrong = Array.from({ length: 300 }, () => logAfter(0.1, 2000)).filter((log) => log > Math.log(1000)).length;
    expect(wrong, `seed ${SEED}`).toBeLessThanOrEqual(3);
  });
});

describe('a trial', () => {
  const settings = { alpha: 0.01, consecutiveFailuresMax: 5 };
  const event = { identity: '', share: 0.1, nowMs: 0 };

  it('counts what one person suffers once a minute, and goes on counting how often it was', () => {
    const trial = new Trial({ ...settings, consecutiveFailuresMax: 1000 });
    for (let at = 0; at < 200; at++)
      trial.add({ ...event, canary: true, identity: 'one', bad: ['slow'], nowMs: at * 100 });
    expect([trial.counts.canary.requests, trial.counts.canary.bad.slow]).toEqual([200, 200]);
    expect(trial.verdict).toEqual({ kind: 'none' });
    for (let at = 0; at < 200; at++) trial.add({ ...event, canary: true, identity: `p${at}`, bad: ['slow'] });
    expect(trial.verdict).toEqual({ kind: 'worse', by: 'slow' });
  });

  it('does not wait for numbers where the canary only fails', () => {
    const trial = new Trial(settings);
    for (let at = 0; at < 4; at++) trial.add({ ...event, canary: true, bad: ['error'] });
    trial.add({ ...event, canary: true, bad: [] });
    for (let at = 0; at < 4; at++) trial.add({ ...event, canary: true, bad: ['error'] });
    expect(trial.verdict.kind).not.toBe('failing');
    trial.add({ ...event, canary: true, bad: ['error'] });
    expect(trial.verdict).toEqual({ kind: 'failing', consecutive: 5 });
  });

  it('forgets whom it counted after twice the time, and remembers no more than it may', () => {
    const seldom = new Seldom(1000, 100);
    expect([seldom.count('a', 0), seldom.count('a', 999), seldom.count('a', 1500)]).toEqual([true, false, false]);
    expect(seldom.count('a', 4000)).toBe(true);
    // A clock that was set back.
    expect([seldom.count('a', 3000), seldom.count('a', 3000)]).toEqual([false, false]);
    expect(seldom.count('a', 6000)).toBe(true);
    for (let at = 0; at < 1000; at++) seldom.count(`x${at}`, 4001);
    expect(seldom.count('x0', 4001)).toBe(true);
    expect(seldom.count('x999', 4001)).toBe(false);
  });
});
