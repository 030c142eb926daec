/** From verdicts to incidents: one a fault, in whatever order its signs come. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { INCIDENT_TYPES, type IncidentType } from '../../../ops/incident-type.ts';
import type { IncidentKeeper } from '../../../ops/incidents/index.ts';
import { BY_CAUSE, reasonFor } from '../../../ops/incidents/inhibition.ts';
import type { Verdict } from '../../../ops/verdict.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, openKeeper, SETTINGS, verdict } from './keepers.ts';

let clock: HandClock;
let keeper: IncidentKeeper;
const disk = (): SimulatedDisk => new SimulatedDisk();

beforeEach(async () => {
  clock = new HandClock();
  keeper = await openKeeper(disk(), clock);
});

/** Steps of one second each. */
async function during(seconds: number, ...verdicts: Verdict[]): Promise<void> {
  for (let n = 0; n < seconds; n++) {
    clock.pass(1);
    keeper.step(verdicts, clock.nowS, clock.wall);
  }
  await keeper.flush();
}

const states = (): string[] => keeper.list().map(({ type, state }) => `${type} ${state}`);
const only = () => {
  expect(keeper.list()).toHaveLength(1);
  return keeper.list()[0]!;
};
const by = { by: 'key-1' };

describe('one incident a fault', () => {
  it('several detectors of one type are one incident with a sign each', async () => {
    await during(3, verdict('high_latency', 'medium', 'slowness'));
    await during(
      3,
      verdict('high_latency', 'medium', 'slowness'),
      verdict('high_latency', 'low', 'queue'),
      verdict('high_latency', 'low', 'cpu'),
    );
    expect(only().signs.map(({ detector }) => detector)).toEqual(['slowness', 'queue', 'cpu']);
    expect(only().severity).toBe('medium');
  });

  it('a symptom opens nothing while its cause is there, and its severity counts', async () => {
    await during(2, verdict('model_failure', 'high'));
    await during(
      5,
      verdict('model_failure', 'high'),
      verdict('high_error_rate', 'critical'),
      verdict('high_latency', 'low'),
    );
    expect(only()).toMatchObject({ type: 'model_failure', severity: 'critical', state: 'detected' });
    expect(only().signs.map(({ type }) => type)).toEqual(['model_failure', 'high_error_rate', 'high_latency']);
  });

  it('a symptom that came first becomes its cause, under the same id and with what was done', async () => {
    await during(5, verdict('high_latency', 'medium'));
    const { id } = only();
    await keeper.acknowledge(id, by);
    await during(5, verdict('high_latency', 'medium'), verdict('model_failure', 'high'));
    expect(only()).toMatchObject({ id, type: 'model_failure', severity: 'high', state: 'acknowledged' });
    expect(keeper.get(id).events.some(({ event }) => event.kind === 'retyped' && event.from === 'high_latency')).toBe(
      true,
    );
  });

  it('further symptoms that were faults of their own are merged into it', async () => {
    await during(2, verdict('cache_failure', 'medium'));
    await during(2, verdict('cache_failure', 'medium'), verdict('high_error_rate', 'high'));
    await during(
      2,
      verdict('cache_failure', 'medium'),
      verdict('high_error_rate', 'high'),
      verdict('rate_limit_attack', 'high'),
    );
    expect(only()).toMatchObject({ type: 'rate_limit_attack' });
  });

  it('what came long before is a fault of its own', async () => {
    await during(SETTINGS.graceS + 10, verdict('high_latency', 'medium'));
    await during(5, verdict('high_latency', 'medium'), verdict('model_failure', 'high'));
    expect(states()).toEqual(['model_failure detected', 'high_latency detected']);
    expect(keeper.list()[0]!.related).toEqual([keeper.list()[1]!.id]);
  });

  it('faults that do not explain each other are two', async () => {
    await during(5, verdict('index_corruption', 'critical'), verdict('memory_exhaustion', 'high'));
    expect(keeper.active()).toHaveLength(2);
  });

  it('the table of causes has no circle, and knows every type', () => {
    expect([...BY_CAUSE].sort()).toEqual([...INCIDENT_TYPES].sort());
    for (const [at, cause] of BY_CAUSE.entries())
      for (const type of BY_CAUSE.slice(0, at + 1)) expect(reasonFor(type, cause)).toBeNull();
  });

  it('in whatever order a cause and its symptoms come within the grace, it is one incident, and the cause', async () => {
    const faults = BY_CAUSE.flatMap((cause) => {
      const symptoms = BY_CAUSE.filter((type) => reasonFor(type, cause) !== null);
      return symptoms.length === 0 ? [] : [{ cause, symptoms }];
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...faults),
        fc.array(fc.nat(25), { minLength: 8, maxLength: 8 }),
        async ({ cause, symptoms }, delays) => {
          clock = new HandClock();
          keeper = await openKeeper(disk(), clock);
          const begins = new Map<IncidentType, number>([cause, ...symptoms].map((type, n) => [type, delays[n]!]));
          for (let second = 0; second <= 60; second++) {
            const firing = [...begins].filter(([, at]) => second >= at).map(([type]) => verdict(type));
            keeper.step(firing, clock.nowS, clock.wall);
            clock.pass(1);
          }
          await keeper.flush();
          expect(keeper.active().map(({ type }) => type)).toEqual([cause]);
          expect(
            keeper.list().every(({ type, mergedInto }) => type === cause || mergedInto === keeper.active()[0]!.id),
          ).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('how it goes on', () => {
  it('is mitigated after a calm, and resolved by itself after a longer one where nobody acknowledged it', async () => {
    await during(10, verdict('cache_failure', 'medium'));
    await during(SETTINGS.calmS);
    expect(only().state).toBe('detected');
    await during(1);
    expect(only()).toMatchObject({ state: 'mitigated', mitigated: { by: 'wp-chat' } });
    await during(SETTINGS.resolveS);
    expect(only()).toMatchObject({ state: 'resolved', resolved: { by: 'wp-chat' } });
  });

  it('one that was acknowledged waits for an operator', async () => {
    await during(10, verdict('cache_failure', 'medium'));
    await keeper.acknowledge(only().id, by);
    await during(SETTINGS.resolveS * 3);
    expect(only().state).toBe('mitigated');
    await keeper.resolve(only().id, 'fixed', by);
    expect(only()).toMatchObject({ state: 'resolved', resolved: { by: 'key-1', notes: 'fixed' } });
  });

  it('a flapping detector makes one incident, which is called over ever later', async () => {
    for (let round = 0; round < 40; round++) {
      await during(20, verdict('high_latency', 'medium'));
      await during(60);
    }
    const { flaps, events } = only();
    // Sixty calm seconds are soon not enough any more.
    expect(flaps).toBeLessThanOrEqual(2);
    expect(events).toBeLessThan(20);
    expect(only().state).not.toBe('mitigated');
  });

  it('severity rises at once, and falls to the worst of ten minutes that were all less severe', async () => {
    await during(5, verdict('high_error_rate', 'low'));
    await during(1, verdict('high_error_rate', 'critical'));
    expect(only().severity).toBe('critical');
    for (let n = 0; n < 29; n++) {
      await during(10, verdict('high_error_rate', 'low'));
      await during(10, verdict('high_error_rate', 'medium'));
    }
    expect(only().severity).toBe('critical');
    await during(30, verdict('high_error_rate', 'low'));
    expect(only()).toMatchObject({ severity: 'medium', severityWorst: 'critical' });
    expect(keeper.get(only().id).events.filter(({ event }) => event.kind === 'severity')).toHaveLength(2);
  });

  it('within half an hour after it was resolved the same fault is the same incident, acknowledged by nobody', async () => {
    await during(5, verdict('cache_failure', 'medium'));
    const { id } = only();
    await keeper.acknowledge(id, by);
    await during(60);
    await keeper.resolve(id, 'fixed', by);
    await during(1700);
    await during(3, verdict('cache_failure', 'high'));
    expect(only()).toMatchObject({
      id,
      state: 'detected',
      severity: 'high',
      flaps: 1,
      acknowledged: null,
      resolved: null,
    });
    await during(60);
    await keeper.resolve(id, 'fixed', by);
    await during(1900);
    await during(3, verdict('cache_failure', 'high'));
    expect(keeper.list()).toHaveLength(2);
  });

  it('what an operator calls over while it fires is left alone for a while, then opened again', async () => {
    await during(5, verdict('model_failure', 'high'), verdict('high_latency', 'low'));
    await keeper.resolve(only().id, 'known', by);
    await during(SETTINGS.insistS - 1, verdict('model_failure', 'high'), verdict('high_latency', 'low'));
    expect(only().state).toBe('resolved');
    await during(5, verdict('model_failure', 'high'), verdict('high_latency', 'low'));
    expect(only()).toMatchObject({ state: 'detected', flaps: 1 });
  });

  it('what an operator calls mitigated while it fires does not relapse at once', async () => {
    await during(5, verdict('cache_failure', 'high'));
    await keeper.mitigate(only().id, 'cache is off', by);
    await during(SETTINGS.insistS - 1, verdict('cache_failure', 'high'));
    expect(only().state).toBe('mitigated');
    await during(3, verdict('cache_failure', 'high'));
    expect(only()).toMatchObject({ state: 'detected', flaps: 1 });
  });

  it('what an operator reported no detector calls over', async () => {
    await keeper.detect({ type: 'canary_failure', severity: null, description: 'odd answers', components: [] }, by);
    await during(3600);
    expect(only()).toMatchObject({ state: 'detected', severity: 'high', components: ['canary'] });
  });

  it('a report of what is open already joins it', async () => {
    await during(5, verdict('high_latency', 'medium'));
    const { incident } = await keeper.detect(
      { type: 'high_latency', severity: 'critical', description: 'users complain', components: [] },
      by,
    );
    expect(only()).toEqual(incident);
    expect(incident).toMatchObject({ severity: 'critical', notes: 1 });
  });

  it('a clock that jumps changes no duration', async () => {
    await during(5, verdict('high_latency', 'medium'));
    clock.wall += 86_400_000;
    await during(SETTINGS.calmS - 1);
    expect(only().state).toBe('detected');
    clock.wall -= 3 * 86_400_000;
    await during(3);
    expect(only().state).toBe('mitigated');
    await during(SETTINGS.resolveS - 50);
    expect(only().state).toBe('mitigated');
  });

  it('goes on after a restart where it was, by the calendar', async () => {
    const kept = disk();
    keeper = await openKeeper(kept, clock);
    await during(5, verdict('high_latency', 'medium'), verdict('cache_failure', 'medium'));
    const [one] = keeper.active();
    await keeper.resolve(one!.id, 'fixed', by);
    clock.wall += 600_000;
    clock.nowS = 0;
    keeper = await openKeeper(kept, clock);
    await during(3, verdict(one!.type, 'high'));
    expect(only()).toMatchObject({ id: one!.id, flaps: 1, state: 'detected' });
  });
});
