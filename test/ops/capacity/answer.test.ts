import { describe, expect, it } from 'vitest';
import { answerCapacity, type CapacityAnswer, isSpread } from '../../../ops/capacity/answer.ts';
import type { LoadStep } from '../../../ops/capacity/load/load-step.ts';
import { batchWorth } from '../../../ops/capacity/model/gathering.ts';
import { type Random, randomOf } from '../../../ops/capacity/random.ts';
import { simulatedLoad } from './load/loads.ts';
import { percentileOf, simulate } from './model/simulate.ts';

/** A mix as a site has it: half remembered, half through the cross-encoder. */
const serviceMs = (random: Random): number => (random.next() < 0.5 ? 5 : 150 + 100 * random.next());
const MEAN_MS = 102.5;
const batchMax = batchWorth(16, MEAN_MS);
const setup = { workers: 1, batchMax, serviceMs, requests: 4000, seed: 11 };
const BOUND = 1000 / MEAN_MS;
/** By their rate: the same load serves many questions. */
const simulated = new Map<number, LoadStep>();
const loadAt = (rate: number): LoadStep => {
  const load = simulated.get(rate) ?? simulatedLoad(rate, setup);
  simulated.set(rate, load);
  return load;
};
const loadsAt = (...rates: readonly number[]) => rates.map(loadAt);

/** Requests a second at which the 95th percentile of a long simulation is 800 ms, with batches as the server makes them. */
function truth(workers: number): number {
  let [low, high] = [0.1, workers * BOUND];
  for (let n = 0; n < 12; n++) {
    const middle = (low + high) / 2;
    const { latenciesMs } = simulate(
      { workers, batchMax, perSecond: middle, requests: 60_000, serviceMs },
      randomOf(5),
    );
    if (percentileOf(latenciesMs, 95) > 800) high = middle;
    else low = middle;
  }
  return low;
}

const askAnew = (loads: readonly LoadStep[], rest: object = {}): CapacityAnswer =>
  answerCapacity({ loads, thresholdMs: 800, workers: 1, batchMax: 16, nowPerSecond: 2, seed: 3, ...rest });

/** The same question is answered once: its thousand resamplings are what takes long. */
const known: { readonly loads: readonly LoadStep[]; readonly rest: string; readonly answer: CapacityAnswer }[] = [];
function ask(loads: readonly LoadStep[], rest: object = {}): CapacityAnswer {
  const told = JSON.stringify(rest);
  const before = known.find(
    (one) => one.rest === told && one.loads.length === loads.length && one.loads.every((load, n) => load === loads[n]),
  );
  if (before !== undefined) return before.answer;
  const answer = askAnew(loads, rest);
  known.push({ loads, rest: told, answer });
  return answer;
}

describe('the answer about a simulated server whose truth is known', () => {
  const limit = truth(1);

  it('holds it in its interval where both sides were measured', () => {
    const answer = ask(loadsAt(1, 2, 4, 5.5, 7, 8.5));
    expect(answer.limit.kind).toBe('measured');
    expect(Math.abs(answer.limit.perSecond / limit - 1)).toBeLessThan(0.08);
    expect(answer.limit.low).toBeLessThan(limit);
    expect(answer.limit.high).toBeGreaterThan(limit);
    expect(answer.cautions.join()).not.toMatch(/limit is extrapolated/);
  });

  it('extrapolates to within 15 % from light loads, and says that it does', () => {
    const answer = ask(loadsAt(1, 1.7, 2.8, 4));
    expect(answer.limit.kind).toBe('extrapolated');
    expect(Math.abs(answer.limit.perSecond / limit - 1)).toBeLessThan(0.15);
    expect(answer.cautions[0]).toMatch(
      /^The limit is extrapolated by the queueing model: only 1 to 4 requests\/s were measured/,
    );
  });

  it('without a model of the stages only says that it is more, and why', () => {
    const answer = ask(loadsAt(1, 1.7, 2.8, 4), { workers: null });
    expect(answer.limit).toMatchObject({ kind: 'at_least', perSecond: 4, low: 4 });
    expect(answer.cautions.join()).toMatch(/--workers/);
    expect([answer.stages, answer.oneMore]).toEqual([null, null]);
  });

  it('says that no rate is low enough where one request alone takes longer', () => {
    expect(ask(loadsAt(1, 2, 4), { thresholdMs: 100 }).limit).toMatchObject({ kind: 'never', perSecond: 0 });
  });

  it('knows demand, bound and the stage that takes most', () => {
    const { stages } = ask(loadsAt(1, 2, 4, 5.5, 7));
    expect(stages!.workers.serviceMs / MEAN_MS).toBeCloseTo(1, 1);
    expect(stages!.bound / BOUND).toBeCloseTo(1, 1);
    expect(stages!.stages.map(({ stage, share }) => [stage, Number(share.toFixed(2))])).toEqual([
      ['rerank', 0.75],
      ['lexical', 0.25],
    ]);
    // The simulation serves as the model assumes: nothing to correct.
    expect(stages!.workers.inflation).toBeGreaterThan(0.75);
    expect(stages!.workers.inflation).toBeLessThan(1.35);
  });

  it('foretells what one worker more gives', () => {
    const more = ask(loadsAt(1, 2, 4, 5.5, 7, 8.5)).oneMore!;
    expect(more.workers).toBe(2);
    expect(Math.abs(more.perSecond / truth(2) - 1)).toBeLessThan(0.12);
    expect(more.low).toBeLessThanOrEqual(more.perSecond);
    expect(more.bound / (2 * BOUND)).toBeCloseTo(1, 1);
  });

  it('has headroom of what is left of the limit', () => {
    const { headroom, limit: found } = ask(loadsAt(1, 2, 4, 5.5, 7, 8.5));
    expect(headroom!.share).toBeCloseTo(1 - 2 / found.perSecond, 10);
    expect(headroom!.low).toBeLessThan(headroom!.share);
    expect(ask(loadsAt(1, 2, 4), { nowPerSecond: null }).headroom).toBeNull();
  });

  it('utilisation is rate times demand over workers', () => {
    for (const { perSecond, utilisation } of ask(loadsAt(1, 2, 4)).loads)
      expect(utilisation.workers! / ((perSecond * MEAN_MS) / 1000)).toBeCloseTo(1, 1);
  });

  it('is doubted aloud where the generator was late, or other work had the machine', () => {
    const loads = loadsAt(1, 2, 4);
    expect(ask(loads).cautions.join()).not.toMatch(/generator itself|Other work/);
    const disturbed = loads.map((load) => ({ ...load, machineCores: 2, lagMs: 200 }));
    expect(ask(disturbed).cautions.join()).toMatch(/up to 200 ms late.*Other work kept up to 1\.9 cores/);
  });

  it('knows lesser answers that load makes from those that there are anyway', () => {
    const loads = loadsAt(1, 2, 4);
    const degraded = (shares: readonly number[]) =>
      ask(loads.map((load, n) => ({ ...load, degraded: load.answered * shares[n]! }))).cautions.join();
    expect(degraded([0.03, 0.03, 0.04])).toMatch(
      /3 % of the answers were less than what was asked for, even at the lightest/,
    );
    expect(degraded([0.03, 0.03, 0.5])).toMatch(/grew from 3 % to 50 % of all: at full quality/);
  });

  it('leaves loads with failures out of the demand of a request: what failed did not say what it took', () => {
    const loads = loadsAt(1, 2, 4, 8);
    const failing = loads.map((load, n) => (n < 3 ? load : { ...load, failed: 2000, parts: loads[0]!.parts }));
    expect(ask(failing).stages!.bound).toBeCloseTo(ask(loads.slice(0, 3)).stages!.bound, 10);
  });

  it('is the same twice with the same seed', () => {
    const loads = loadsAt(1, 2, 4, 5.5, 7, 8.5);
    expect(askAnew(loads)).toEqual(ask(loads));
  });
});

describe('loads that answer nothing are refused:', () => {
  it.each([
    ['one step', [2]],
    ['no rate', []],
    ['2, 2.2', [2, 2.2]],
  ])('%s', (said, rates) => {
    const loads = loadsAt(...rates);
    expect(isSpread(loads)).toBe(false);
    expect(() => ask(loads)).toThrow(
      expect.objectContaining({
        code: 'source_invalid',
        message: expect.stringContaining(said),
        place: expect.objectContaining({ remedy: expect.stringContaining('--rates auto') }),
      }),
    );
  });
});
