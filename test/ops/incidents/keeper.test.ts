/** What operators may do: on the version they saw, in a state that allows it, and never lost to a full disk. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { IncidentKeeper, readRecord } from '../../../ops/incidents/index.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, openKeeper, PATH, portsOf, SETTINGS, verdict } from './keepers.ts';

let clock: HandClock;
let keeper: IncidentKeeper;
const by = { by: 'key-1' };

beforeEach(async () => {
  clock = new HandClock();
  keeper = await openKeeper(new SimulatedDisk(), clock);
});

const opened = async () =>
  (await keeper.detect({ type: 'cache_failure', severity: null, description: 'no hits', components: ['cache'] }, by))
    .incident;

const codeOf = async (promise: Promise<unknown>): Promise<EngineError> => {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
};

describe('acts', () => {
  it('lead through the states, each with who and when', async () => {
    const { id } = await opened();
    clock.pass(10);
    await keeper.acknowledge(id, by);
    clock.pass(10);
    await keeper.action(
      id,
      { run: 'r', action: 'clear_cache', phase: 'started', detail: '', effect: null },
      { by: 'wp-chat' },
    );
    expect(keeper.get(id).incident).toMatchObject({ state: 'mitigating', firstMitigating: { by: 'wp-chat' } });
    clock.pass(10);
    await keeper.mitigate(id, 'hits again', by);
    clock.pass(10);
    const { incident, durable } = await keeper.resolve(id, 'cleared', by);
    expect(durable).toBe(true);
    expect(incident).toMatchObject({
      state: 'resolved',
      acknowledged: { by: 'key-1', timeMs: clock.wall - 30_000 },
      mitigated: { timeMs: clock.wall - 10_000 },
      resolved: { by: 'key-1', timeMs: clock.wall, notes: 'cleared' },
    });
    expect(Object.keys(incident.ticks).sort()).toEqual(['marked_resolved', 'service_restored']);
  });

  it('an acknowledgement that arrives after the end is refused, and the incident stays resolved', async () => {
    const { id } = await opened();
    await keeper.resolve(id, 'over', by);
    expect(await codeOf(keeper.acknowledge(id, by))).toMatchObject({
      code: 'incident_state',
      place: { value: { state: 'resolved' } },
    });
    await codeOf(keeper.resolve(id, 'again', by));
    expect(keeper.get(id).incident).toMatchObject({ state: 'resolved', resolved: { notes: 'over' } });
  });

  it('of two that saw the same version one is refused, and told what is so now', async () => {
    const { id, version } = await opened();
    const seen = { by: 'a', expectedVersion: version };
    const both = await Promise.allSettled([
      keeper.acknowledge(id, seen),
      keeper.resolve(id, 'x', { ...seen, by: 'b' }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const { reason } = both[1] as PromiseRejectedResult;
    expect(reason).toMatchObject({
      code: 'incident_changed',
      place: { value: { state: 'acknowledged', version: version + 1 } },
    });
  });

  it('notes and symptoms do not spoil the version that somebody acts on', async () => {
    keeper.step([verdict('model_failure', 'critical')], 1, clock.wall);
    await keeper.detect({ type: 'model_failure', severity: 'low', description: 'me too', components: [] }, by);
    const { id, version } = keeper.active()[0]!;
    await keeper.note(id, 'looking', by);
    keeper.step([verdict('model_failure', 'critical'), verdict('high_latency', 'low')], 2, clock.wall);
    await keeper.acknowledge(id, { ...by, expectedVersion: version });
    expect(keeper.get(id).incident).toMatchObject({ state: 'acknowledged', notes: 2 });
  });

  it('an incident that is not there is told by name', async () => {
    expect(await codeOf(keeper.note('01ARYZ6S41TSV4RRFFQ69G5FAV', 'x', by))).toMatchObject({
      code: 'incident_missing',
    });
    expect(() => keeper.get('nope')).toThrow('There is no incident nope');
  });

  it('texts, entries and open incidents are bounded', async () => {
    const { id } = await opened();
    expect(await codeOf(keeper.note(id, 'x'.repeat(10_001), by))).toMatchObject({ code: 'request_invalid' });
    const record = { run: 'r', action: 'a', phase: 'failed', detail: 'x'.repeat(10_001), effect: null } as const;
    expect(await codeOf(keeper.action(id, record, by))).toMatchObject({ place: { field: 'record.detail' } });
    const odd = { type: 'high_latency', severity: null, description: '', components: [''] } as const;
    expect(await codeOf(keeper.detect(odd, by))).toMatchObject({ code: 'request_invalid' });
    for (let n = 0; n < 1999; n++) void keeper.note(id, 'x', by);
    expect(await codeOf(keeper.note(id, 'x', by))).toMatchObject({ code: 'incidents_full' });
    // It can be ended all the same.
    await keeper.resolve(id, 'enough', by);
    for (let n = 0; n < 100; n++)
      await keeper.detect({ type: 'high_latency', severity: null, description: '', components: [`c${n}`] }, by);
    const more = keeper.detect({ type: 'high_latency', severity: null, description: '', components: ['more'] }, by);
    expect(await codeOf(more)).toMatchObject({ code: 'incidents_full' });
  });
});

it('who subscribes hears what counts, in order, with what was before', async () => {
  const heard: string[] = [];
  const end = keeper.subscribe(({ event, before, incident, durable }) =>
    heard.push(`${event.event.kind} ${before?.state ?? 'none'} ${incident.state} ${durable}`),
  );
  const { id } = await opened();
  await keeper.acknowledge(id, by);
  end();
  await keeper.resolve(id, '', by);
  expect(heard).toEqual(['opened none detected true', 'acknowledged detected acknowledged true']);
});

it('who throws while he hears spoils nothing for the act, nor for others', async () => {
  const faults: unknown[] = [];
  const ports = portsOf(new SimulatedDisk(), clock, { onFault: (error) => faults.push(error) });
  keeper = await IncidentKeeper.open(SETTINGS, ports);
  const heard: string[] = [];
  keeper.subscribe(() => {
    throw new Error('deaf');
  });
  keeper.subscribe(({ event }) => heard.push(event.event.kind));
  await opened();
  expect([heard, faults]).toEqual([['opened'], [new Error('deaf')]]);
  const broken = portsOf(new SimulatedDisk(), clock, {
    onFault: (error) => faults.push(error),
    measures: () => {
      throw new Error('no rings');
    },
  });
  keeper = await IncidentKeeper.open(SETTINGS, broken);
  const again = await opened();
  await keeper.resolve(again.id, '', by);
  keeper.step([], 1, clock.wall);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(faults.at(-1)).toEqual(new Error('no rings'));
  expect(keeper.get(again.id).incident).toMatchObject({ state: 'resolved', measured: null });
});

it('a full disk takes no incident away: acts count, are told not to be durable, and are written when there is room', async () => {
  const inner = new SimulatedDisk();
  let full = false;
  const { disk } = failingDisk(inner, {
    code: 'ENOSPC',
    at: 0,
    lasting: true,
    fails: (method) => full && method === 'write',
  });
  keeper = await openKeeper(disk, clock);
  full = true;
  keeper.step([verdict('high_latency')], 1, clock.wall);
  const { incident, durable } = await keeper.detect(
    { type: 'high_latency', severity: 'critical', description: '', components: [] },
    by,
  );
  expect([durable, incident.severity]).toEqual([false, 'critical']);
  expect((await keeper.acknowledge(incident.id, by)).incident.state).toBe('acknowledged');
  expect(keeper.status()).toMatchObject({ bySeverity: { critical: 1 }, record: { tornBytes: 0 } });
  expect(keeper.status().record.waitingBytes).toBeGreaterThan(0);
  full = false;
  keeper.step([verdict('high_latency')], 2, clock.wall);
  await keeper.close();
  expect(keeper.status().record.waitingBytes).toBe(0);
  expect(readRecord(inner.read(PATH)).incidents).toEqual(keeper.list());
});

it('a record that cannot be read is moved aside and told of; the keeper works', async () => {
  const inner = new SimulatedDisk();
  keeper = await openKeeper(inner, clock);
  await opened();
  const { disk } = failingDisk(inner, { code: 'EIO', at: 0, lasting: false, fails: (method) => method === 'read' });
  keeper = await openKeeper(disk, clock);
  expect(keeper.status().record.unreadable).toContain('EIO');
  expect(inner.look(`${PATH}.unreadable`)?.kind).toBe('file');
  expect(await opened()).toMatchObject({ state: 'detected' });
});

it('briefs are what the snapshot shows', async () => {
  const { id } = await opened();
  expect(keeper.briefs()).toEqual([
    { id, type: 'cache_failure', severity: 'medium', state: 'detected', openedMs: clock.wall, summary: 'no hits' },
  ]);
});

describe('what a check found', () => {
  const damage = { type: 'index_corruption', description: 'postings.bin: expected 1, got 2' } as const;

  it('is an incident as detectors open them, on which the machine may act, and which only a person calls over', async () => {
    const { incident } = await keeper.found(damage);
    expect(incident).toMatchObject({ ...{ type: 'index_corruption', source: 'detector' }, severity: 'critical' });
    for (let n = 0; n < 3600; n++) {
      clock.pass(1);
      keeper.step([], n + 1, clock.wallMs());
    }
    expect(keeper.get(incident.id).incident.state).toBe('detected');
    expect((await keeper.resolve(incident.id, 'restored', by)).incident.state).toBe('resolved');
  });

  it('has the symptoms that came first as its own: one incident, under the name of the cause', async () => {
    keeper.step([verdict('high_error_rate', 'critical', 'errors')], 1, clock.wallMs());
    await keeper.flush();
    const [symptom] = keeper.active();
    clock.pass(5);
    const { incident } = await keeper.found(damage);
    expect(incident.id).toBe(symptom!.id);
    expect(keeper.active().map(({ type }) => type)).toEqual(['index_corruption']);
  });

  it('found again is told to the one that is open', async () => {
    const first = await keeper.found(damage);
    const second = await keeper.found({ ...damage, description: 'another file' });
    expect([second.incident.id, second.incident.notes]).toEqual([first.incident.id, 1]);
  });
});
