/** The record: what was acknowledged is there after any crash, damage costs a line and no more, and it stays small. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Incident } from '../../../ops/incidents/index.ts';
import { readRecord } from '../../../ops/incidents/index.ts';
import type { IncidentEvent } from '../../../ops/incidents/record/event.ts';
import { fold, foldAll } from '../../../ops/incidents/record/fold.ts';
import { decodeLine, encodeLine } from '../../../ops/incidents/record/line.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { type Tree, treeOf } from '../../support/disk/tree.ts';
import { acts, HandClock, openKeeper, PATH, perform, START_MS, verdict } from './keepers.ts';

const folder = treeOf({ 'logs/': '' });
const bytesOf = (tree: Tree): Buffer => {
  const file = (tree.get('logs') as Tree | undefined)?.get('incidents.jsonl');
  return Buffer.from((file as Uint8Array | undefined) ?? new Uint8Array(0));
};

/** Runs acts on a keeper over a simulated disk. */
async function played(
  asked: Parameters<typeof perform>[1][],
): Promise<{ disk: SimulatedDisk; shown: readonly Incident[] }> {
  const disk = new SimulatedDisk(folder);
  const clock = new HandClock();
  const keeper = await openKeeper(disk, clock);
  for (const act of asked) await perform(keeper, act, clock);
  await keeper.close();
  return { disk, shown: keeper.list() };
}

it('what a keeper shows is what its record makes together, also for the next one', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (asked) => {
      const { disk, shown } = await played(asked);
      expect(readRecord(bytesOf(disk.tree)).incidents).toEqual(shown);
      const next = await openKeeper(disk, new HandClock());
      expect(next.list()).toEqual(shown);
    }),
    { numRuns: 60 },
  );
});

it('any beginning of what happened folds, and any line may be missing from it', async () => {
  await fc.assert(
    fc.asyncProperty(acts, fc.nat(), async (asked, drawn) => {
      const { disk } = await played(asked);
      const { events } = readRecord(bytesOf(disk.tree));
      for (const its of events.values()) {
        for (let end = 1; end <= its.length; end++) {
          const incident = foldAll(its.slice(0, end))!;
          expect(incident.events).toBe(end);
          if (incident.state === 'resolved') expect(incident.resolved).not.toBeNull();
        }
        const without = its.filter((_, at) => at !== drawn % its.length);
        if (without.length > 0)
          expect(foldAll(without)).toMatchObject({ id: its[0]!.incident, type: its.at(-1)!.type });
      }
    }),
    { numRuns: 40 },
  );
});

it('after any crash what was acknowledged is there, and nothing else but what was under way', async () => {
  const clock = new HandClock();
  const states = await crashStates(folder, async (disk, tell) => {
    const keeper = await openKeeper(disk, clock);
    keeper.subscribe(({ event, durable }) => {
      if (durable) tell(String(event.seq));
    });
    keeper.step([verdict('high_latency')], 1, START_MS);
    const { incident } = await keeper.detect(
      { type: 'high_latency', severity: null, description: 'slow', components: [] },
      { by: 'loopback' },
    );
    await keeper.acknowledge(incident.id, { by: 'loopback' });
    await Promise.all([keeper.note(incident.id, 'one', { by: 'a' }), keeper.note(incident.id, 'two', { by: 'b' })]);
    await keeper.resolve(incident.id, 'gone', { by: 'loopback' });
    await keeper.close();
  });
  expect(states.length).toBeGreaterThan(15);
  for (const { tree, told } of states) {
    const next = await openKeeper(new SimulatedDisk(tree), new HandClock());
    // Of three lines that share a sync the middle one may be missing, and is told then.
    expect(next.status().record.linesInAll).toBeLessThanOrEqual(2);
    const seqs = next.list().flatMap(({ id }) => next.get(id).events.map(({ seq }) => seq));
    expect(seqs).toEqual(expect.arrayContaining(told.map(Number)));
    expect(seqs.length).toBeLessThanOrEqual(told.length + 3);
  }
});

it('a damaged line is told with its number, and all others stand', async () => {
  const { disk } = await played([
    { do: 'report', type: 'high_latency', where: '' },
    { do: 'note', which: 0 },
    { do: 'acknowledge', which: 0 },
  ]);
  const whole = bytesOf(disk.tree);
  const lines = whole.toString().trimEnd().split('\n');
  for (const [at, line] of lines.entries()) {
    const damaged = [...lines];
    damaged[at] = line.replace('key-1', 'key-2');
    const bent = new SimulatedDisk(treeOf({ [PATH]: `${damaged.join('\n')}\n` }));
    const keeper = await openKeeper(bent, new HandClock());
    const { record } = keeper.status();
    const last = at === lines.length - 1;
    expect(record.lines).toEqual(last ? [] : [{ line: at + 1, why: 'damaged' }]);
    // At the end it may be what a crash left: nobody was told of it.
    expect(record.tornBytes > 0).toBe(last);
    expect(keeper.list()).toHaveLength(1);
    expect(keeper.list()[0]).toMatchObject({ type: 'high_latency', events: lines.length - 1 });
  }
});

it('every single bit of a line is under its checksum', async () => {
  const { disk } = await played([{ do: 'report', type: 'cache_failure', where: 'a' }]);
  const line = bytesOf(disk.tree).subarray(0, -1);
  expect(decodeLine(line)).toMatchObject({ type: 'cache_failure' });
  for (let bit = 0; bit < line.length * 8; bit++) {
    const bent = Buffer.from(line);
    bent[bit >> 3]! ^= 1 << (bit & 7);
    expect(decodeLine(bent)).toBeNull();
  }
});

it('random bytes never stop a keeper', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const disk = new SimulatedDisk(treeOf({ [PATH]: bytes }));
      const keeper = await openKeeper(disk, new HandClock());
      const { incident } = await keeper.detect(
        { type: 'cache_failure', severity: null, description: '', components: [] },
        { by: 'a' },
      );
      expect(readRecord(bytesOf(disk.tree)).incidents).toEqual([incident]);
    }),
    { numRuns: 50 },
  );
});

it('an event of a later version is told, and costs only itself', () => {
  const event: IncidentEvent = {
    seq: 1,
    timeMs: START_MS,
    incident: '01ARYZ6S41TSV4RRFFQ69G5FAV',
    type: 'high_latency',
    scope: 'service',
    by: 'a',
    event: { kind: 'note', text: 'x' },
  };
  const later = { ...event, seq: 2, event: { kind: 'teleported' } } as unknown as IncidentEvent;
  const { incidents, faults } = readRecord(Buffer.concat([event, later, { ...event, seq: 3 }].map(encodeLine)));
  expect(faults).toEqual([{ line: 2, why: 'unknown' }]);
  expect(incidents[0]).toMatchObject({ notes: 2 });
  expect(fold(null, event).openedMs).toBe(1_469_918_176_385);
});

it('stays small: what is long over becomes a summary, then goes; what is open stays whole', async () => {
  const disk = new SimulatedDisk(folder);
  const clock = new HandClock();
  const settings = { fileBytesMax: 20_000, retentionDays: 7 };
  const keeper = await openKeeper(disk, clock, settings);
  const { incident: open } = await keeper.detect(
    { type: 'high_latency', severity: 'low', description: 'lasts', components: ['x'] },
    { by: 'a' },
  );
  await keeper.note(open.id, 'one', { by: 'a' });
  let largest = 0;
  for (let day = 0; day < 60; day++) {
    const { incident } = await keeper.detect(
      { type: 'cache_failure', severity: null, description: `day ${day}`, components: [] },
      { by: 'a' },
    );
    for (let n = 0; n < 5; n++) await keeper.note(incident.id, 'x'.repeat(200), { by: 'a' });
    await keeper.resolve(incident.id, 'fixed', { by: 'a' });
    clock.pass(86_400);
    keeper.step([], clock.nowS, clock.wall);
    await keeper.note(open.id, 'still', { by: 'a' });
    largest = Math.max(largest, bytesOf(disk.tree).length);
  }
  expect(largest).toBeLessThan(40_000);
  expect(keeper.get(open.id).incident).toMatchObject({ notes: 61, state: 'detected' });
  const next = await openKeeper(disk, clock, settings);
  expect(next.list()).toEqual(keeper.list());
  const [newest, older] = next.list();
  expect(newest).toMatchObject({ state: 'resolved', summarised: false, notes: 5 });
  expect(next.list().some(({ summarised, resolved }) => summarised && resolved?.notes === 'fixed')).toBe(true);
  expect(older!.id < newest!.id).toBe(true);
});
