/** What a machine does by itself: in order, within bounds, and not at all where it does not help. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Acute, Automatic, PROCEDURES } from '../../../ops/actions/index.ts';
import { INCIDENT_TYPES, SEVERITIES } from '../../../ops/incident-type.ts';

const SETTINGS = { enabled: true, actionsPerHourMax: 6, failuresMax: 3, breakMs: 1_800_000, settleMs: 10_000 };
const acute = (over: Partial<Acute> = {}): Acute => ({
  id: 'I1',
  type: 'model_failure',
  severity: 'high',
  firing: true,
  acknowledged: false,
  ...over,
});

it('does the steps of the procedure that are its to do, each after the last had time to help', () => {
  const automatic = new Automatic(SETTINGS);
  const at = (nowMs: number) => automatic.due([acute()], nowMs).map(({ actionId }) => actionId);
  expect(at(0)).toEqual(['disable_rerank']);
  expect(at(1000)).toEqual([]);
  automatic.ended({ incidentId: 'I1', state: 'done' }, 2000);
  expect(at(11_999)).toEqual([]);
  expect(at(12_000)).toEqual(['check_models']);
  automatic.ended({ incidentId: 'I1', state: 'done' }, 12_500);
  expect(at(30_000)).toEqual(['reload_models']);
  automatic.ended({ incidentId: 'I1', state: 'done' }, 31_000);
  expect(at(100_000)).toEqual([]);
});

it('leaves alone what a person has taken, what is over, and what only people decide', () => {
  const automatic = new Automatic(SETTINGS);
  expect(automatic.due([acute({ acknowledged: true }), acute({ id: 'I2', firing: false })], 0)).toEqual([]);
  expect(automatic.due([acute({ severity: 'low' })], 0)).toEqual([]);
  expect(new Automatic({ ...SETTINGS, enabled: false }).due([acute()], 0)).toEqual([]);
});

it('begins again with what was over for a while and comes back, and not with what only blinks', () => {
  const automatic = new Automatic(SETTINGS);
  const at = (nowMs: number, firing: boolean): string[] => {
    const due = automatic.due([acute({ type: 'high_latency', firing })], nowMs);
    for (const { incidentId } of due) automatic.ended({ incidentId, state: 'done' }, nowMs);
    return due.map(({ actionId }) => actionId);
  };
  expect(at(0, true)).toEqual(['disable_rerank']);
  at(20_000, false);
  expect(at(29_999, true)).toEqual([]);
  at(40_000, false);
  expect(at(50_000, true)).toEqual(['disable_rerank']);
  automatic.due([], 60_000);
  expect(at(70_000, true)).toEqual(['disable_rerank']);
});

it('takes the worst first', () => {
  const automatic = new Automatic({ ...SETTINGS, actionsPerHourMax: 1 });
  const due = automatic.due([acute({ id: 'I1', severity: 'medium' }), acute({ id: 'I2', severity: 'critical' })], 0);
  expect(due.map(({ incidentId }) => incidentId)).toEqual(['I2']);
});

describe('whatever happens', () => {
  const incident = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    type: fc.constantFrom(...INCIDENT_TYPES),
    severity: fc.constantFrom(...SEVERITIES),
    firing: fc.boolean(),
    acknowledged: fc.boolean(),
  });
  const state = fc.constantFrom('done', 'failed', 'without_effect', 'refused', 'timed_out' as const);
  const step = fc.record({ afterMs: fc.nat(120_000), incidents: fc.array(incident, { maxLength: 4 }), state });

  it('it does no more in any hour than it may, nothing while it holds back, and each step once for as long as it is so', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const automatic = new Automatic(SETTINGS);
        const begun: number[] = [];
        const done = new Map<string, string[]>();
        const rounds: [id: string, actions: string[]][] = [];
        const quiet = new Map<string, number>();
        let nowMs = 0;
        for (const { afterMs, incidents, state } of steps) {
          nowMs += afterMs;
          const paused = automatic.pause(nowMs) !== null;
          // One of an id, and of one kind for ever.
          const known = [
            ...new Map(incidents.map((one) => [`${one.id}`, { ...one, id: `${one.id} ${one.type}` }])).values(),
          ];
          const firing = new Set(known.filter((one) => one.firing).map(({ id }) => id));
          for (const [id, actions] of done) {
            if (!firing.has(id)) quiet.set(id, quiet.get(id) ?? nowMs);
            else if (nowMs - (quiet.get(id) ?? nowMs) >= SETTINGS.settleMs) {
              rounds.push([id, actions]);
              done.set(id, []);
            }
            if (firing.has(id)) quiet.delete(id);
          }
          const due = automatic.due(known, nowMs);
          if (paused) expect(due).toEqual([]);
          for (const { incidentId, actionId } of due) {
            begun.push(nowMs);
            done.set(incidentId, [...(done.get(incidentId) ?? []), actionId]);
            automatic.ended({ incidentId, state }, nowMs);
          }
          expect(begun.filter((at) => nowMs - at < 3_600_000).length).toBeLessThanOrEqual(SETTINGS.actionsPerHourMax);
        }
        for (const [id, actions] of [...rounds, ...done]) {
          const order = PROCEDURES[id.split(' ')[1] as Acute['type']].map(({ actionId }) => actionId);
          expect(actions).toEqual(order.filter((actionId) => actions.includes(actionId)));
        }
      }),
    );
  });

  it('it stops for a while after several in a row that did not help, and begins again', () => {
    const automatic = new Automatic({ ...SETTINGS, actionsPerHourMax: 100 });
    const ids = Array.from({ length: 10 }, (_, n) => `I${n}`);
    let nowMs = 0;
    const tried = ids.map((id) => {
      nowMs += 1000;
      const due = automatic.due([acute({ id })], nowMs);
      if (due.length > 0) automatic.ended({ incidentId: id, state: 'without_effect' }, nowMs);
      return due.length;
    });
    expect(tried).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(automatic.pause(nowMs)).toContain('did not help');
    expect(automatic.due([acute({ id: 'I9' })], nowMs + SETTINGS.breakMs)).toHaveLength(1);
    automatic.reset();
    expect(automatic.pause(nowMs)).toBeNull();
  });
});
