/** From what happens to an incident to what receivers hear of it, and what operators may ask about that: a real keeper, and a receiver on loopback. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentKeeper } from '../../../ops/incidents/index.ts';
import { configSchema } from '../../../server/config/schema.ts';
import type { HttpAnswer } from '../../../server/http.ts';
import { ChangeRing } from '../../../server/incidents/change-ring.ts';
import { type Notify, openNotify } from '../../../server/notify/index.ts';
import { HandClock, openKeeper, verdict } from '../../ops/incidents/keepers.ts';
import { answerWith, type Receiver, startReceiver } from '../../ops/notify/receiver.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

let clock: HandClock;
let keeper: IncidentKeeper;
let changes: ChangeRing;
let receiver: Receiver;
let disk: SimulatedDisk;
let isDown: boolean;

const by = { by: 'key-1' };

beforeEach(async () => {
  clock = new HandClock();
  disk = new SimulatedDisk();
  isDown = false;
  changes = new ChangeRing();
  keeper = await openKeeper(new SimulatedDisk(), clock);
  receiver = await startReceiver((_, response) => answerWith(response, isDown ? 400 : 200, isDown ? 'no' : ''));
});

function open(server: object = {}, more: object = {}): Notify {
  const config = configSchema.parse({
    server,
    incidents: {
      notify: {
        directory: 'notify',
        channels: { room: { kind: 'webhook', url: `${receiver.url}/hook` }, ...more },
        level1: { channels: 'room' },
      },
    },
  });
  const { notify: settings } = config.incidents;
  const incidents = {
    list: () => keeper.list(),
    get: (id: string) => keeper.get(id),
    subscribe: (listener: Parameters<IncidentKeeper['subscribe']>[0]) => keeper.subscribe(listener),
    followChanges: (listener: Parameters<ChangeRing['follow']>[0]) => changes.follow(listener),
  };
  return openNotify({ settings, server: config.server, disk, environment: { PAGER: 'r0' }, clock, incidents });
}

/** Looks until so many have come in all; what the last one said of its one alert. */
async function told(notify: Notify, count: number): Promise<Alert> {
  clock.pass(5);
  notify.step();
  await receiver.came(count);
  expect(receiver.received).toHaveLength(count);
  return (JSON.parse(receiver.received.at(-1)!.body) as { alerts: Alert[] }).alerts[0]!;
}

async function ask(notify: Notify, method: string, path: string, input: object = {}) {
  const route = notify.routes.find(
    (one) => one.method === method && new RegExp(`^${one.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
  );
  const isRead = method === 'GET';
  const answer: HttpAnswer = await route!.handle({
    method: route!.method,
    path,
    query: isRead ? new URLSearchParams(input as Record<string, string>).toString() : '',
    headers: new Map([['content-type', 'application/x-www-form-urlencoded']]),
    body: isRead ? new Uint8Array() : Buffer.from(JSON.stringify(input)),
    client: '127.0.0.1',
  });
  return { status: answer.status, body: JSON.parse(answer.body as string) as Record<string, unknown> };
}

describe('an incident', () => {
  it('is told with its summary, its numbers, what was done, and where to look; then its end', async () => {
    const notify = open({ publicUrl: 'https://search.example/' });
    keeper.step([verdict('cache_failure', 'medium')], clock.nowS, clock.wall);
    await keeper.flush();
    const opened = await told(notify, 1);
    const { id } = keeper.active()[0]!;
    const said = JSON.stringify(opened);
    expect(said).toContain('Cache failure of cache (medium)');
    expect(said).toContain('cache_failure sees cache_failure.');
    expect(said).toContain(`https://search.example/dashboard?incident=${id}`);
    expect(said).toContain('https://search.example/runbook#cache_failure');
    const record = { run: 'r', action: 'disable_cache', phase: 'succeeded' as const, detail: '', effect: null };
    await keeper.action(id, record, { by: 'wp-chat' });
    await keeper.resolve(id, 'the disk was full', by);
    const ended = JSON.stringify(await told(notify, 2));
    expect(ended).toContain('Done so far: disable_cache succeeded.');
    expect(ended).toContain('Resolved by key-1: the disk was full.');
    await notify.close();
  });

  it('that ended while nobody ran is told with its own end, and one that came back is called about again', async () => {
    const notify = open();
    const report = { type: 'high_latency', severity: null, description: 'slow', components: [] } as const;
    const { id } = (await keeper.detect(report, by)).incident;
    expect(JSON.stringify(await told(notify, 1))).toContain('http://127.0.0.1:8080/runbook#high_latency');
    await notify.close();
    await keeper.resolve(id, 'over', by);
    clock.pass(7200 - 5);
    const next = open();
    await receiver.came(2);
    const end = new Date(keeper.get(id).incident.resolved!.timeMs).toISOString();
    expect(receiver.received[1]!.body).toContain(end);
    // Reported again within the time in which that is the same incident.
    const again = (await keeper.detect(report, by)).incident;
    expect(JSON.stringify(await told(next, 3))).toContain(again.id);
    await keeper.resolve(again.id, 'over', by);
    await told(next, 4);
    await keeper.detect(report, by);
    expect(JSON.stringify(await told(next, 5))).toContain('reopened');
    await next.close();
  });
});

it('what was changed before it began and since is told to who keeps changes', async () => {
  const change = { kind: 'config', by: 'key-1', timeMs: 0 } as const;
  changes.note({ ...change, summary: 'before' });
  const notify = open({}, { pager: { kind: 'pagerduty', secret: 'PAGER', url: receiver.url } });
  await receiver.came(1);
  changes.note({ ...change, summary: 'since' });
  clock.pass(5);
  await receiver.came(2);
  await notify.close();
  changes.note({ ...change, summary: 'after' });
  expect(receiver.received.map(({ body }) => /"summary":"(\w+)"/.exec(body)![1])).toEqual(['before', 'since']);
});

describe('operators', () => {
  it('see each channel, test it, and hear what is not there', async () => {
    const notify = open();
    expect((await ask(notify, 'POST', '/admin/notify/test', { channel: 'room' })).body).toMatchObject({
      delivered: true,
    });
    isDown = true;
    expect((await ask(notify, 'POST', '/admin/notify/test', { channel: 'room' })).body).toMatchObject({
      delivered: false,
      reason: expect.stringContaining('400'),
    });
    expect((await ask(notify, 'POST', '/admin/notify/test', { channel: 'none' })).body).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('expected room'),
    });
    expect((await ask(notify, 'POST', '/admin/notify/test')).status).toBe(400);
    expect((await ask(notify, 'GET', '/admin/notify')).body).toMatchObject({
      channels: [{ name: 'room', kind: 'webhook', waiting: 0 }],
      deadLetters: [],
      fault: null,
    });
    await notify.close();
  });

  it('try again what was given up', async () => {
    const notify = open();
    isDown = true;
    await keeper.detect({ type: 'high_latency', severity: 'critical', description: 'slow', components: [] }, by);
    await told(notify, 1);
    const letters = async () => (await ask(notify, 'GET', '/admin/notify')).body['deadLetters'] as { seq: number }[];
    await expect
      .poll(letters)
      .toMatchObject([{ channel: 'room', state: 'opened', reason: expect.stringContaining('400') }]);
    const [{ seq }] = (await letters()) as [{ seq: number }];
    const gauge = (name: string) => notify.families().find((one) => one.name === name)!.samples[0];
    expect(gauge('wp_chat_notices_dead')).toMatchObject({ value: 1 });
    expect(gauge('wp_chat_notify_up')).toMatchObject({ labels: { channel: 'room', kind: 'webhook' }, value: 0 });
    isDown = false;
    expect((await ask(notify, 'POST', `/admin/notify/dead-letters/${seq}/retry`)).body).toEqual({ retried: seq });
    await told(notify, 2);
    expect((await ask(notify, 'POST', `/admin/notify/dead-letters/${seq + 1}/retry`)).status).toBe(404);
    expect((await ask(notify, 'POST', '/admin/notify/dead-letters/x/retry')).status).toBe(400);
    await notify.close();
  });

  it('silence what they know of, which is then noticed and not told; and end that', async () => {
    const notify = open();
    const asked = { types: ['high_latency'], minutes: 30, reason: 'new index' };
    const { body } = await ask(notify, 'POST', '/admin/incidents/silences', asked);
    const { silence } = body as { silence: { id: string } };
    expect(silence).toMatchObject({ author: 'loopback', reason: 'new index', endsAt: expect.stringMatching(/Z$/) });
    const report = { type: 'high_latency', severity: null, description: 'slow', components: [] } as const;
    const { incident } = await keeper.detect(report, by);
    clock.pass(5);
    notify.step();
    expect((await ask(notify, 'GET', '/admin/notify')).body['channels']).toMatchObject([{ waiting: 0, delivered: 0 }]);
    expect((await ask(notify, 'GET', '/admin/incidents/silences')).body['silences']).toEqual([silence]);
    expect((await ask(notify, 'DELETE', '/admin/incidents/silences', { id: silence.id })).body).toEqual({
      ended: silence.id,
    });
    expect((await ask(notify, 'DELETE', '/admin/incidents/silences', { id: silence.id })).status).toBe(404);
    expect(JSON.stringify(await told(notify, 1))).toContain(incident.id);
    expect((await ask(notify, 'POST', '/admin/incidents/silences', { minutes: 0, reason: 'x' })).status).toBe(400);
    await notify.close();
  });
});
