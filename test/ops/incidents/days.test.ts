/** Days of verdicts with faults whose detectors flicker, come late and fire in any order: one incident each, nothing else. */
import { expect, it } from 'vitest';
import { Random } from '../../../bench/replay/random.ts';
import type { IncidentType } from '../../../ops/incident-type.ts';
import { BY_CAUSE, reasonFor } from '../../../ops/incidents/inhibition.ts';
import type { Verdict } from '../../../ops/verdict.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, openKeeper, verdict } from './keepers.ts';

const DAY_S = 86_400;
const SEEDS = [11, 12, 13];
/** What is over for so long is resolved: the next one is another. */
const APART_S = 4000;

interface Sign {
  readonly type: IncidentType;
  readonly fromS: number;
  readonly toS: number;
  /** Pauses of a few seconds, as shares of the time. */
  readonly flicker: number;
}

interface Fault {
  readonly type: IncidentType;
  readonly signs: readonly Sign[];
}

/** Faults of a day, none near another; each with some of the symptoms that it may have. */
function dayOf(random: Random): Fault[] {
  const faults: Fault[] = [];
  let nowS = 600;
  while (nowS < DAY_S - 6000) {
    const type = BY_CAUSE[random.whole(0, BY_CAUSE.length - 1)]!;
    const lengthS = random.whole(40, 1200);
    const symptoms = BY_CAUSE.filter((one) => reasonFor(one, type) !== null && random.uniform() < 0.6);
    const signs = [type, ...symptoms].map((one) => {
      const fromS = nowS + random.whole(0, 20);
      return { type: one, fromS, toS: nowS + lengthS + random.whole(0, 20), flicker: random.between(0, 0.3) };
    });
    faults.push({ type, signs });
    nowS += lengthS + APART_S + random.whole(0, 3000);
  }
  return faults;
}

const idle: Verdict[] = BY_CAUSE.map((type) => ({ ...verdict(type, null), level: 0.99 }));

it.each(SEEDS)(
  'a day of faults, seed %d: as many incidents as faults, each of its type, none flapping',
  async (seed) => {
    const random = new Random(seed);
    const faults = dayOf(random);
    const clock = new HandClock();
    const keeper = await openKeeper(new SimulatedDisk(), clock);
    const signs = faults.flatMap((fault) => fault.signs);
    for (let second = 0; second < DAY_S; second++) {
      clock.pass(1);
      const firing = signs.filter(
        ({ fromS, toS, flicker }) => second >= fromS && second < toS && random.uniform() >= flicker,
      );
      // Detectors that nearly fire are decoys.
      keeper.step(
        [...idle, ...firing.map(({ type }) => verdict(type, random.uniform() < 0.2 ? 'medium' : 'high'))],
        clock.nowS,
        clock.wall,
      );
      if (second % 500 === 0) await keeper.flush();
    }
    await keeper.close();
    const incidents = keeper
      .list()
      .toReversed()
      .filter(({ mergedInto }) => mergedInto === null);
    expect(
      incidents.map(({ type }) => type),
      `seed ${seed}`,
    ).toEqual(faults.map(({ type }) => type));
    for (const { flaps, state, events } of incidents)
      expect([flaps, state, events < 40]).toEqual([0, 'resolved', true]);
  },
  30_000,
);

it('a day without a verdict that fires opens nothing and writes nothing', async () => {
  const clock = new HandClock();
  const disk = new SimulatedDisk();
  const keeper = await openKeeper(disk, clock);
  for (let second = 0; second < DAY_S; second++) {
    clock.pass(1);
    keeper.step(idle, clock.nowS, clock.wall);
  }
  await keeper.close();
  expect([keeper.list(), keeper.status().record.bytes]).toEqual([[], 0]);
});
