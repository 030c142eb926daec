import { describe, expect, it } from 'vitest';
import {
  type Generator,
  loopbackTarget,
  runSweep,
  type SweepPlan,
  type SweepStep,
} from '../../../../ops/capacity/sweep/index.ts';
import type { StepPlan } from '../../../../ops/capacity/sweep/run-step.ts';
import { Counts } from '../../../../ops/metrics/counts.ts';
import { toHlogField } from '../../../../ops/metrics/hdr-bytes.ts';
import { indexOf } from '../../../../ops/metrics/layout.ts';
import { encodeCounts } from '../../../../ops/metrics/sparse.ts';

const plan: SweepPlan = {
  target: { host: '127.0.0.1', port: 80 },
  queries: ['a'],
  fresh: 0,
  parameters: '',
  arrivals: 'uniform',
  seconds: 1,
  deadlineMs: 1000,
  rates: null,
  rateMin: 1,
  rateMax: 1000,
  thresholdMs: 800,
  seed: 1,
  requestsMax: 1e6,
  secondsMax: 1e6,
};
const server = { cpu: null, cores: null, workers: 1 };

/** Answers every request with the latency that a rate has, as a server that saturates at `capacity` would. */
function pretend(capacity: number, failing = Number.POSITIVE_INFINITY): Generator & { readonly ran: StepPlan[] } {
  const ran: StepPlan[] = [];
  return {
    ran,
    run: async (step) => {
      ran.push(step);
      const ms = step.perSecond >= capacity ? 5000 : 50 / (1 - step.perSecond / capacity);
      const sent = Math.round(step.perSecond * step.seconds);
      const lost = step.perSecond >= failing ? sent : 0;
      const counts = new Counts();
      if (sent > lost) counts.addAt(indexOf(Math.round(ms * 1e6)), sent - lost);
      const histograms: SweepStep['slices'][number]['histograms'] =
        lost === sent ? {} : { total: toHlogField(encodeCounts(counts.dense)) };
      return {
        ...{
          perSecond: step.perSecond,
          startMs: 0,
          seconds: step.seconds,
          sent,
          answered: sent - lost,
          degraded: 0,
          unanswered: 0,
        },
        ...{
          failed: lost > 0 ? { lost } : ({} as Record<string, number>),
          lagMsP99: 0,
          generatorCpuShare: 0,
          machineCores: 0,
          cut: false,
        },
        slices: [{ startS: 0, seconds: step.seconds, histograms }],
      };
    },
    close: () => {},
  };
}

const sweep = (generator: Generator, rest: Partial<SweepPlan> = {}) =>
  runSweep({ ...plan, ...rest }, server, generator, () => {});

describe('a sweep', () => {
  it('climbs until the threshold is passed, then closes in from both sides', async () => {
    // 50/(1 − x/100) = 800 at x = 93.75.
    const { steps } = await sweep(pretend(100));
    const rates = steps.map(({ perSecond }) => perSecond);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    const below = rates.filter((rate) => rate < 93.75).at(-1)!;
    const above = rates.find((rate) => rate > 93.75)!;
    expect(above / below).toBeLessThan(1.1);
  });

  it('that begins too fast goes down instead', async () => {
    const { steps } = await sweep(pretend(100), { rateMin: 400 });
    expect(steps[0]!.perSecond).toBeLessThan(93.75);
    expect(steps.at(-1)!.perSecond).toBe(400);
  });

  it('of a server that is never too slow ends at the highest rate', async () => {
    const { steps } = await sweep(pretend(1e9), { rateMax: 60 });
    expect(steps.at(-1)!.perSecond).toBe(60);
  });

  it('runs given rates, each once, after a warm-up that does not count', async () => {
    const generator = pretend(1e9);
    const { steps } = await sweep(generator, { rates: [10, 20, 500] });
    expect(steps.map(({ perSecond }) => perSecond)).toEqual([10, 20, 500]);
    expect(generator.ran).toHaveLength(4);
    expect(new Set(generator.ran.map(({ seed }) => seed)).size).toBe(4);
  });

  it('begins no step that would go beyond its bounds', async () => {
    expect((await sweep(pretend(1e9), { rates: [100, 200, 400], requestsMax: 350 })).steps).toHaveLength(2);
    expect((await sweep(pretend(1e9), { rates: [100, 200, 400], secondsMax: 1.5 })).steps).toHaveLength(1);
  });

  it('lets slow steps last until they have some requests, within four times the time', async () => {
    const generator = pretend(1e9);
    await sweep(generator, { rates: [2, 50, 400] });
    expect(generator.ran.slice(1).map(({ seconds }) => seconds)).toEqual([4, 2, 1]);
  });

  it('of a server that answers nothing is refused, with what to do', async () => {
    await expect(sweep(pretend(100, 0))).rejects.toMatchObject({
      code: 'source_unreadable',
      message: 'Not one of 3 requests was answered: lost',
      place: { remedy: expect.stringContaining('Start the server') },
    });
  });
});

describe('only this machine is put under load:', () => {
  it.each(['http://127.0.0.1:8080', 'http://localhost:8080/', 'http://[::1]:8080', 'http://127.1.2.3:8080'])(
    '%s is',
    (url) => {
      expect(loopbackTarget(url).port).toBe(8080);
    },
  );
  it.each([
    'http://example.com',
    'http://10.0.0.1:8080',
    'https://127.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://localhost',
    'nonsense',
    '',
  ])('%j is not', (url) => {
    expect(() => loopbackTarget(url)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
  });
});
