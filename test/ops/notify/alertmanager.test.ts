/** Does a real Alertmanager understand what it is told: that an incident is there, that it is over, and what our own webhook says? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../engine/clock.ts';
import type { Channel } from '../../../ops/notify/channels/channel.ts';
import { openChannels } from '../../../ops/notify/channels/open-channels.ts';
import { webhookRequest } from '../../../ops/notify/channels/webhook.ts';
import type { Notice } from '../../../ops/notify/notice.ts';
import { notifySchema } from '../../../ops/notify/settings.ts';
import { until } from '../../support/until.ts';
import { type Alertmanager, hasAlertmanager, startAlertmanager } from './alertmanagers.ts';
import { NASTY, noticeWith } from './notices.ts';
import { answerWith, type Receiver, startReceiver } from './receiver.ts';

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
  readonly fingerprint: string;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}
interface Message {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly status: string }[];
}

describe.runIf(hasAlertmanager)('a real Alertmanager', () => {
  let alertmanager: Alertmanager;
  let room: Receiver;
  let channel: Channel;
  beforeAll(async () => {
    room = await startReceiver((_, response) => answerWith(response, 200, ''));
    alertmanager = await startAlertmanager(room.url);
    const it = { kind: 'alertmanager', url: `${alertmanager.url}/` };
    channel = openChannels(notifySchema.parse({ channels: { it } }), {}, systemClock).get('it')!;
  });
  afterAll(() => alertmanager?.stop());

  const alertsOf = async (incidentId: string): Promise<Alert[]> =>
    (await alertmanager.get<Alert[]>('alerts')).filter(({ labels }) => labels['incident'] === incidentId);
  const messagesOf = (incidentId: string): Message[] =>
    room.received
      .map(({ body }) => JSON.parse(body) as Message)
      .filter(({ alerts }) => alerts.some(({ labels }) => labels['incident'] === incidentId));
  const startedMs = Date.now() - 60_000;
  const told = (part: Partial<Notice>): Notice => noticeWith({ startedMs, ...part });

  it('notifies of an incident, as one alert however often it is told, and of its end', async () => {
    const incident = told({ incidentId: 'fire', type: 'high_latency' });
    expect(await channel.send(incident, 'k/0')).toEqual({ kind: 'delivered' });
    await until(() => messagesOf('fire').length > 0);
    for (const state of ['escalated', 'acknowledged'] as const)
      await channel.send({ ...incident, state, level: 2 }, 'k/1');
    expect(await channel.keepAlive!.post([incident])).toEqual({ kind: 'delivered' });
    const [alert, ...others] = await alertsOf('fire');
    expect(others).toEqual([]);
    const leftMs = Date.parse(alert!.endsAt) - Date.now();
    expect(leftMs > 2 * channel.keepAlive!.everyMs && leftMs < 300_000).toBe(true);
    await channel.send({ ...incident, state: 'resolved', endedMs: Date.now() }, 'k/2');
    await until(() => messagesOf('fire').some(({ status }) => status === 'resolved'));
    expect(await alertsOf('fire')).toEqual([]);
  });

  it('holds a silenced one back, and says so', async () => {
    const now = Date.now();
    const times = { startsAt: new Date(now).toISOString(), endsAt: new Date(now + 600_000).toISOString() };
    const matchers = [{ name: 'alertname', value: 'CacheFailure', isRegex: false, isEqual: true }];
    await alertmanager.post('silences', { matchers, ...times, createdBy: 'test', comment: 'test' });
    await channel.send(told({ incidentId: 'silenced', type: 'cache_failure' }), 'k/0');
    await channel.send(told({ incidentId: 'loud', type: 'model_failure' }), 'k/0');
    await until(() => messagesOf('loud').length > 0);
    await until(async () => (await alertsOf('silenced'))[0]?.status.state === 'suppressed');
    expect(messagesOf('silenced')).toEqual([]);
  });

  it('says of an incident what our own webhook says: the same names, labels, annotations and fingerprint', async () => {
    const incident = told({
      incidentId: 'same',
      type: 'index_corruption',
      title: 'Ünïcode "quoted" 🔥',
      components: ['a', 'b'],
    });
    await channel.send(incident, 'k/0');
    await until(() => messagesOf('same').length > 0);
    const theirs = messagesOf('same')[0] as unknown as Record<string, unknown>;
    const terms = { url: room.url, receiver: 'room', secret: null, clock: systemClock };
    const ours = JSON.parse(webhookRequest(incident, 'k', terms).body) as Record<string, unknown>;
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    const alertOf = (message: Record<string, unknown>): Record<string, unknown> =>
      (message['alerts'] as Record<string, unknown>[])[0]!;
    expect(Object.keys(alertOf(ours))).toEqual(Object.keys(alertOf(theirs)));
    // It gives alerts an end of their own, and its own address.
    const differing = { externalURL: '', alerts: [] };
    expect({ ...ours, ...differing }).toEqual({ ...theirs, ...differing });
    // Go writes no zeros at the end of a fraction.
    const timed = (alert: Record<string, unknown>): object => ({
      ...alert,
      endsAt: '',
      startsAt: Date.parse(String(alert['startsAt'])),
    });
    expect(timed(alertOf(ours))).toEqual(timed(alertOf(theirs)));
    expect(alertOf(theirs)['endsAt']).toBe(alertOf(ours)['endsAt']);
  });

  it('takes every nasty text', async () => {
    for (const [at, text] of NASTY.entries()) {
      const part = {
        incidentId: `nasty-${at}`,
        title: text,
        summary: text,
        components: [text],
        fingerprint: text,
        numbers: { [text]: 1 },
      };
      expect(await channel.send(told({ ...part, links: { dashboard: text, runbook: text } }), `k/${at}`)).toEqual({
        kind: 'delivered',
      });
    }
    expect(
      (await alertmanager.get<Alert[]>('alerts')).filter(({ labels }) => labels['incident']?.startsWith('nasty')),
    ).toHaveLength(NASTY.length);
  });
});
