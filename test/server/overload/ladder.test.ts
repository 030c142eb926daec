import { describe, expect, it } from 'vitest';
import { Ladder, type Pressure } from '../../../server/overload/ladder.ts';
import { LAST_WORKING, rungNo } from '../../../server/overload/rung.ts';

const calm: Pressure = { tooMuch: false, stalled: false, late: false, utilisationAbove: 0 };
const tooMuch: Pressure = { ...calm, tooMuch: true, utilisationAbove: 5 };

/** A ladder on a clock of steps of 100 ms. */
function ladder() {
  let nowMs = 0;
  const ladder = new Ladder({ stepDownMs: 500, stepUpMs: 500 }, 0);
  /** The rung after each step. */
  const pass = (ms: number, pressure: Pressure): number[] =>
    Array.from({ length: ms / 100 }, () => {
      nowMs += 100;
      ladder.step(pressure, nowMs);
      return ladder.rung;
    });
  return { pass, rung: () => ladder.rung };
}

describe('the ladder', () => {
  it('goes down a rung each stepDownMs while there is too much, as far as workers are asked', () => {
    const { pass } = ladder();
    const rungs = pass(5000, tooMuch);
    expect(rungs.slice(0, 10)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 2]);
    expect(rungs.at(-1)).toBe(LAST_WORKING);
  });

  it('is back on the first within 5 s of calm', () => {
    const { pass } = ladder();
    pass(5000, tooMuch);
    const back = pass(5000, calm);
    expect(back.indexOf(0)).toBeGreaterThan(0);
    expect(back.every((rung, at) => at === 0 || rung <= back[at - 1]!)).toBe(true);
  });

  it('stays where it is while what is asked for would not fit the rung above', () => {
    const { pass, rung } = ladder();
    pass(1000, tooMuch);
    expect(new Set(pass(60_000, { ...calm, utilisationAbove: 0.8 }))).toEqual(new Set([2]));
    pass(1000, calm);
    expect(rung()).toBeLessThan(2);
  });

  it('holds back twice as long each time that a step up had to be taken back, and forgets it after a calm minute', () => {
    const { pass, rung } = ladder();
    pass(500, tooMuch);
    const timeUp = (): number => {
      let ms = 0;
      while (rung() > 0) {
        pass(100, { ...calm, utilisationAbove: 0.6 });
        ms += 100;
      }
      return ms;
    };
    const waits = [timeUp()];
    for (let relapse = 0; relapse < 7; relapse++) {
      while (rung() === 0) pass(100, tooMuch);
      waits.push(timeUp());
    }
    expect(waits).toEqual([600, 1100, 2100, 4100, 8100, 16_100, 16_100, 16_100]);
    pass(60_100, calm);
    while (rung() === 0) pass(100, tooMuch);
    expect(timeUp()).toBe(600);
  });

  it('holds nothing back while hardly anything is asked for', () => {
    const { pass, rung } = ladder();
    for (let relapse = 0; relapse < 7; relapse++) {
      while (rung() === 0) pass(100, tooMuch);
      while (rung() > 0) pass(100, { ...calm, utilisationAbove: 0.6 });
    }
    pass(5000, tooMuch);
    expect(pass(4000, calm).at(-1)).toBe(0);
  });

  it('asks no worker while all are stuck, and asks them again as soon as one gets on', () => {
    const { pass } = ladder();
    expect(pass(300, { ...tooMuch, stalled: true })).toEqual(Array(3).fill(rungNo('cache_only')));
    expect(pass(100, calm)).toEqual([LAST_WORKING]);
    expect(pass(5000, calm).at(-1)).toBe(0);
  });

  it('takes nothing in while the main thread is late', () => {
    const { pass } = ladder();
    expect(pass(200, { ...calm, late: true })).toEqual([rungNo('refuse'), rungNo('refuse')]);
    expect(pass(100, { ...calm, stalled: true })).toEqual([rungNo('cache_only')]);
  });
});
