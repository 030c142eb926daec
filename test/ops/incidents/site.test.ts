/** A site's days with faults and decoys, through the real detectors: each fault is one incident of its type, and nothing else is. */
import { expect, it } from 'vitest';
import { FAULTS, type FaultKind } from '../../../bench/replay/faults.ts';
import { planOf } from '../../../bench/replay/plan.ts';
import { Random } from '../../../bench/replay/random.ts';
import { lifeOf } from '../../../bench/replay/replay.ts';
import { Site } from '../../../bench/replay/site.ts';
import { createDetectors, detectSchema } from '../../../ops/detect/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, openKeeper, START_MS } from './keepers.ts';

const DAYS = 2;
const SEED = 4242;
const PER_S = 50;
/** What begins so long after a fault's end is no part of it. */
const SETTLE_S = 300;

it(`${DAYS} days, seed ${SEED}: one incident a fault, of its type, and none for a decoy`, async () => {
  const plan = planOf(DAYS, SEED);
  const detectors = createDetectors(detectSchema.parse({}), { availabilityTarget: 0.995, latencyTarget: 0.95 });
  const clock = new HandClock();
  const keeper = await openKeeper(new SimulatedDisk(), clock);
  for (const { second, observation } of lifeOf(plan, new Site(PER_S, new Random(SEED + 1)))) {
    clock.pass(1);
    const firing = detectors.advance(observation).some(Boolean);
    keeper.step(firing ? detectors.verdicts() : [], clock.nowS, clock.wall);
    if (second % 1000 === 0) await keeper.flush();
  }
  await keeper.flush();
  const incidents = keeper.list().toReversed();
  const seen = plan.faults.map(({ name, startS, endS }) => {
    const its = incidents.filter(({ openedMs }) => {
      const openedS = (openedMs - START_MS) / 1000;
      return openedS > startS && openedS <= endS + SETTLE_S;
    });
    return { name, types: its.map(({ type }) => type) };
  });
  const expected = plan.faults.map(({ name }) => {
    const kind: FaultKind = FAULTS[name];
    return { name, types: [kind.incident] };
  });
  expect(seen).toEqual(expected);
  expect(incidents).toHaveLength(plan.faults.length);
  // What is just above what is allowed stops and begins; it is the same incident, called over ever later.
  expect(incidents.filter(({ flaps }) => flaps > 2).map(({ id }) => id)).toEqual([]);
  expect(incidents.filter(({ flaps }) => flaps > 0).length).toBeLessThanOrEqual(1);
}, 60_000);
