import { describe, expect, test } from 'vitest';
import { memoryGrowth } from '../../../ops/detect/memory-growth.ts';
import { detectSchema } from '../../../ops/detect/settings.ts';
import { seconds } from './observations.ts';

const MEBIBYTE = 2 ** 20;
const MAX = 2 ** 31;
const settings = detectSchema.parse({}).memoryGrowth;

/** Seconds at which it began to fire, and minutes that it said were left, for a size in bytes by second. */
function watch(lengthS: number, bytesAt: (second: number) => number): { beganS: number[]; leftS: number[] } {
  const seen = { beganS: [] as number[], leftS: [] as number[] };
  let state = memoryGrowth.initial;
  let firing = false;
  for (const observation of seconds(lengthS, (at) => ({ residentBytes: bytesAt(at), memoryBytesMax: MAX }))) {
    const next = memoryGrowth.step(state, observation, settings);
    state = next.state;
    if (next.finding.severity !== null) seen.leftS.push(next.finding.tell().numbers['leftS']!);
    if (next.finding.severity !== null && !firing) seen.beganS.push(observation.nowS);
    firing = next.finding.severity !== null;
  }
  return seen;
}

const saw = (second: number, periodS: number, bytes: number): number => (bytes * (second % periodS)) / periodS;

describe('memory growth', () => {
  test('a steady leak is one alarm, half an hour before the limit, and it says when', () => {
    // 40 % full, and 0.4 MiB a second: full after 51 minutes.
    const leak = 0.4 * MEBIBYTE;
    const fullS = (0.6 * MAX) / leak;
    const { beganS, leftS } = watch(fullS, (at) => 0.4 * MAX + leak * at);
    expect(beganS).toHaveLength(1);
    expect(beganS[0]).toBeGreaterThan(fullS - settings.horizonS - 60);
    expect(beganS[0]).toBeLessThan(fullS - settings.horizonS + 60);
    expect(leftS[0]! + beganS[0]!).toBeGreaterThan(fullS - 5);
    expect(leftS[0]! + beganS[0]!).toBeLessThan(fullS + 5);
  });

  test('garbage on top of a leak hides it from nobody', () => {
    for (const periodS of [7, 25, 47]) {
      const { beganS } = watch(3000, (at) => 0.3 * MAX + 0.45 * MEBIBYTE * at + saw(at, periodS, 0.06 * MAX));
      expect(beganS, `${periodS} s`).toHaveLength(1);
    }
  });

  test('growth after the start, a single step, a saw-tooth of any period and a shrinking process are no leak', () => {
    const harmless: [string, (second: number) => number][] = [
      ['start', (at) => MAX * (0.1 + 0.6 * -Math.expm1(-at / 300))],
      ['slow start', (at) => MAX * (0.1 + 0.5 * -Math.expm1(-at / 600))],
      ['step', (at) => (at < 3000 ? 0.3 : 0.7) * MAX],
      ['shrinking', (at) => MAX * (0.7 - at / 20_000)],
      ['flat', () => 0.6 * MAX],
      ...[30, 60, 90, 150, 300].map((periodS): [string, (second: number) => number] => [
        `saw ${periodS} s`,
        (at) => 0.5 * MAX + saw(at, periodS, 0.2 * MAX),
      ]),
    ];
    for (const [name, bytesAt] of harmless) expect(watch(7200, bytesAt).beganS, name).toEqual([]);
  });
});
