/** All of it together: an incident, who is told of it on the line, and what a process that was killed in between does when it is back. */
import { describe, expect, it } from 'vitest';
import { type IncidentView, Notifier, notifySchema, silenceSchema } from '../../../ops/notify/index.ts';
import type { SetTimer } from '../../../ops/notify/outbox/lane.ts';
import type { Environment } from '../../../ops/notify/secrets.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, settled } from './hand-clock.ts';
import { answerWith, type Receiver, startReceiver } from './receiver.ts';
import { MINUTE_MS, viewWith } from './world.ts';

const OK: Readonly<Record<string, readonly [number, string]>> = {
  '/v2/enqueue': [202, '{"status":"success"}'],
  '/v2/change/enqueue': [202, '{"status":"success"}'],
  '/services/T/B/X': [200, 'ok'],
  '/api/v2/alerts': [200, ''],
};
const ENVIRONMENT: Environment = { PAGER: 'r0123456789', ROOM: '' };

interface Setting {
  readonly receiver: Receiver;
  readonly clock: HandClock;
  readonly disk: SimulatedDisk;
  readonly start: (disk?: SimulatedDisk) => Notifier;
  /** Looks, and waits until what was sent has come and was answered. */
  readonly look: (notifier: Notifier, views: readonly IncidentView[], expected: number) => Promise<string[]>;
}

async function setUp(refuses: () => boolean = () => false): Promise<Setting> {
  const receiver = await startReceiver(({ path }, response) =>
    refuses() ? answerWith(response, 503, 'busy') : answerWith(response, ...OK[path]!),
  );
  const clock = new HandClock();
  const disk = new SimulatedDisk();
  const settings = notifySchema.parse({
    directory: 'notify',
    channels: {
      pager: { kind: 'pagerduty', secret: 'PAGER', url: receiver.url, severityMin: 'high' },
      room: { kind: 'slack', secret: 'ROOM' },
      prometheus: { kind: 'alertmanager', url: receiver.url },
    },
    level1: { channels: 'pager, room, prometheus' },
    level2: { channels: 'pager' },
  });
  const environment = { ...ENVIRONMENT, ROOM: `${receiver.url}/services/T/B/X` };
  let seen = 0;
  let started = 0;
  const attempts = (notifier: Notifier): number =>
    notifier.status().channels.reduce((sum, { delivered, failed }) => sum + delivered + failed, 0);
  return {
    receiver,
    clock,
    disk,
    start: (on = disk) => {
      started += 1;
      const own = started;
      // Who comes after it has killed it: its timers are gone.
      const setTimer: SetTimer = (fire, afterMs) => clock.setTimer(() => own === started && fire(), afterMs);
      return new Notifier({ settings, environment, disk: on, clock, setTimer, random: () => 0.5 });
    },
    look: async (notifier, views, expected) => {
      const before = attempts(notifier);
      notifier.step(views);
      while (attempts(notifier) < before + expected) await settled();
      // Nobody's pace holds up the next one.
      if (!refuses()) await clock.pass(2000);
      const said = receiver.received.slice(seen).map(({ path, body }) => `${path} ${whatOf(body)}`);
      seen = receiver.received.length;
      return said.sort();
    },
  };
}

function whatOf(body: string): string {
  const message = JSON.parse(body) as Record<string, unknown> | { annotations: { state: string } }[];
  if (Array.isArray(message)) return message.map(({ annotations }) => annotations.state).join();
  if ('payload' in message && !('event_action' in message)) return 'changed';
  return String(message['event_action'] ?? /(\w+):/.exec(String(message['text']))![1]);
}

describe('an incident', () => {
  it('is told to the first level, then the second, then to nobody as somebody works on it, and its end to all', async () => {
    const { clock, start, look } = await setUp();
    const notifier = start();
    expect(await look(notifier, [viewWith()], 3)).toEqual([
      '/api/v2/alerts opened',
      '/services/T/B/X opened',
      '/v2/enqueue trigger',
    ]);
    await clock.pass(5 * MINUTE_MS);
    expect(await look(notifier, [viewWith()], 1)).toContain('/v2/enqueue trigger');
    const acknowledgedMs = clock.wallMs();
    const held = await look(notifier, [viewWith({ acknowledgedMs })], 3);
    expect(held).toEqual(expect.arrayContaining(['/v2/enqueue acknowledge', '/services/T/B/X acknowledged']));
    const over = viewWith({ acknowledgedMs, phase: 'resolved', endedMs: clock.wallMs() });
    const ends = await look(notifier, [over], 3);
    expect(ends).toEqual(['/api/v2/alerts resolved', '/services/T/B/X resolved', '/v2/enqueue resolve']);
    // Nothing is told of it ever again, not to who is told again what goes on, nor after a restart.
    const calm = { ...start().status() };
    expect(calm.channels.every(({ waiting }) => waiting === 0)).toBe(true);
    await clock.pass(10 * MINUTE_MS);
    expect(await look(start(), [over], 0)).toEqual([]);
    await notifier.close();
  });

  it('that is not severe enough for a channel is told to the others', async () => {
    const { start, look } = await setUp();
    const said = await look(start(), [viewWith({ severity: 'medium' })], 2);
    expect(said).toEqual(['/api/v2/alerts opened', '/services/T/B/X opened']);
  });

  it('that ends before anybody could be told is told once, as over', async () => {
    let refuses = true;
    const { clock, start, look, receiver } = await setUp(() => refuses);
    const notifier = start();
    await look(notifier, [viewWith()], 3);
    notifier.step([viewWith({ phase: 'resolved', endedMs: clock.wallMs() })]);
    refuses = false;
    const before = receiver.received.length;
    await clock.pass(2 * MINUTE_MS);
    while (notifier.status().channels.some(({ waiting }) => waiting > 0)) await clock.pass(MINUTE_MS);
    const said = receiver.received.slice(before).map(({ body }) => whatOf(body));
    expect(said.filter((what) => what === 'trigger' || what === 'opened')).toEqual([]);
    expect(said.filter((what) => what === 'resolve' || what === 'resolved').length).toBeGreaterThanOrEqual(3);
  });
});

describe('a process that was killed', () => {
  it('tells what waited, and calls nobody twice', async () => {
    let refuses = true;
    const { start, look, disk } = await setUp(() => refuses);
    await look(start(), [viewWith()], 3);
    refuses = false;
    // The very bytes that lay on the disk: nobody closed anything.
    const again = start(new SimulatedDisk(disk.tree));
    const said = await look(again, [viewWith()], 3);
    expect(said.filter((one) => one.includes('enqueue'))).toEqual(['/v2/enqueue trigger']);
    expect(said.filter((one) => one.includes('services'))).toEqual(['/services/T/B/X opened']);
    const third = start(new SimulatedDisk(disk.tree));
    expect(third.status().callsLastHour).toBe(1);
  });

  it('tells Alertmanager again what goes on', async () => {
    const { clock, start, look, disk } = await setUp();
    const first = start();
    await look(first, [viewWith()], 3);
    await first.close();
    await clock.pass(MINUTE_MS);
    const said = await look(start(new SimulatedDisk(disk.tree)), [viewWith()], 1);
    expect(said).toEqual(['/api/v2/alerts opened']);
  });
});

describe('a change', () => {
  const change = { kind: 'config', summary: 'deadlineMs: 10000 → 10', by: 'key-1', timeMs: Date.UTC(2026, 10, 28) };
  const waiting = (notifier: Notifier) => notifier.status().channels.map((one) => one.waiting);

  it('is told to who keeps changes, once, and calls nobody', async () => {
    const { start, look, receiver, disk } = await setUp();
    const first = start();
    first.changed(change);
    await look(first, [], 1);
    first.changed(change);
    const second = start(new SimulatedDisk(disk.tree));
    second.changed(change);
    expect([waiting(first), waiting(second), second.status().callsLastHour]).toEqual([[0, 0, 0], [0, 0, 0], 0]);
    const [{ path, body }] = receiver.received as unknown as [{ path: string; body: string }];
    expect([receiver.received.length, path, JSON.parse(body)]).toEqual([
      1,
      '/v2/change/enqueue',
      {
        routing_key: 'r0123456789',
        payload: {
          summary: 'deadlineMs: 10000 → 10',
          source: 'wp-chat',
          timestamp: '2026-11-28T00:00:00.000Z',
          custom_details: { what: 'config, by key-1' },
        },
        links: [],
      },
    ]);
  });

  it('waits for a receiver that is away, as many as there is room for, behind what calls', async () => {
    let refuses = true;
    const { start, look, receiver } = await setUp(() => refuses);
    const notifier = start();
    for (let count = 0; count < 70; count++) notifier.changed({ ...change, timeMs: change.timeMs + count });
    expect(waiting(notifier)).toEqual([50, 0, 0]);
    await look(notifier, [viewWith()], 3);
    refuses = false;
    const seen = receiver.received.length;
    while (waiting(notifier).some((count) => count > 0)) await look(notifier, [viewWith()], 0);
    const toPager = receiver.received.slice(seen).filter(({ path }) => path.startsWith('/v2/'));
    expect(toPager[0]!.path).toBe('/v2/enqueue');
    expect(toPager.length).toBe(51);
  });
});

describe('an operator', () => {
  it('silences and ends silences, which survive a restart', async () => {
    const { start, look, disk, clock } = await setUp();
    const request = silenceSchema.parse({ severities: ['critical'], minutes: 60, reason: 'known' });
    const silence = start().addSilence(request, 'ada');
    const notifier = start(new SimulatedDisk(disk.tree));
    expect(notifier.status().silences).toEqual([silence]);
    expect(await look(notifier, [viewWith()], 0)).toEqual([]);
    notifier.endSilence(silence.id);
    expect(() => notifier.endSilence(silence.id)).toThrow('There is no silence silence-1');
    expect(await look(notifier, [viewWith()], 3)).toHaveLength(3);
    notifier.addSilence({ ...request, minutes: 1 }, 'ada');
    await clock.pass(MINUTE_MS);
    expect(notifier.status().silences).toEqual([]);
  });

  it('tests a channel: what is sent there is ended at once, and what is wrong is said', async () => {
    let refuses = false;
    const { start, receiver } = await setUp(() => refuses);
    const notifier = start();
    expect(await notifier.sendTest('pager')).toMatchObject({
      channel: 'pager',
      kind: 'pagerduty',
      delivered: true,
      reason: null,
    });
    expect(receiver.received.map(({ body }) => whatOf(body))).toEqual(['trigger', 'resolve']);
    refuses = true;
    expect(await notifier.sendTest('room')).toMatchObject({ delivered: false, reason: 'Answered 503: "busy"' });
    expect(() => notifier.sendTest('rom')).toThrow('There is no channel rom: expected pager, room, prometheus');
  });
});
