/** What comes of a notice when a receiver on the line takes it, refuses it, is busy, hangs, or is somebody else? */
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../engine/clock.ts';
import type { Channel } from '../../../ops/notify/channels/channel.ts';
import { openChannels } from '../../../ops/notify/channels/open-channels.ts';
import { notifySchema } from '../../../ops/notify/settings.ts';
import { signatureFault } from '../../../server/sync/signature.ts';
import { noticeWith } from './notices.ts';
import { answerWith, type Received, startReceiver } from './receiver.ts';
import { alertmanagerTakes, opsgenieTakes, pagerDutyTakes, slackTakes, webhookTakes } from './vendors.ts';

const SECRET = 'R0123456789abcdef0123456789abcde';
const KINDS = {
  pagerduty: {
    takes: pagerDutyTakes,
    ok: [202, '{"status":"success","message":"Event processed","dedup_key":"x"}'],
    refusal: 400,
  },
  opsgenie: {
    takes: opsgenieTakes,
    ok: [202, '{"result":"Request will be processed","took":0.3,"requestId":"43a2"}'],
    refusal: 422,
  },
  slack: { takes: slackTakes, ok: [200, 'ok'], refusal: 400 },
  alertmanager: { takes: alertmanagerTakes, ok: [200, ''], refusal: 400 },
  webhook: { takes: webhookTakes, ok: [204, ''], refusal: 400 },
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

function channelOf(kind: Kind, url: string, deadlineMs = 10_000): Channel {
  // Slack's address is its secret.
  const channel = kind === 'slack' ? { kind, secret: 'S', deadlineMs } : { kind, secret: 'S', url, deadlineMs };
  const settings = notifySchema.parse({ channels: { it: channel } });
  const environment = { S: kind === 'slack' ? `${url}/services/T0/B0/${SECRET}` : SECRET };
  return openChannels(settings, environment, systemClock).get('it')!;
}

describe.each(kinds)('%s', (kind) => {
  const { takes, ok, refusal } = KINDS[kind];

  /** As the vendor would: its own status for what breaks a limit. */
  const vendor = (received: Received): readonly [status: number, body: string] => {
    try {
      takes(received.body, received.path, received.headers);
      return ok;
    } catch (error) {
      return [refusal, (error as Error).message];
    }
  };

  it('delivers each state', async () => {
    const receiver = await startReceiver((received, response) => answerWith(response, ...vendor(received)));
    const channel = channelOf(kind, receiver.url);
    for (const state of ['opened', 'acknowledged', 'resolved'] as const)
      expect(await channel.send(noticeWith({ state }), 'k/0'), state).toEqual({ kind: 'delivered' });
    expect(receiver.received.length).toBe(3);
  });

  it('comes again after what may pass, when it is asked to, and never after what will not', async () => {
    let status = 429;
    let headers: Record<string, string> = { 'retry-after': '7' };
    const receiver = await startReceiver((_, response) => answerWith(response, status, `no ${SECRET}`, headers));
    const channel = channelOf(kind, receiver.url);
    const send = () => channel.send(noticeWith(), 'k/0');
    expect(await send()).toEqual({ kind: 'later', reason: 'Answered 429: "no ***"', afterMs: 7000 });
    headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() };
    const dated = await send();
    expect('afterMs' in dated && dated.afterMs! > 30_000 && dated.afterMs! <= 60_000).toBe(true);
    headers = { 'retry-after': 'soon' };
    for (status of [500, 502, 503, 408]) expect(await send()).toMatchObject({ kind: 'later', afterMs: null });
    for (status of [refusal, 401, 403, 404, 410, 302])
      expect(await send()).toEqual({ kind: 'never', reason: `Answered ${status}: "no ***"` });
  });

  it('ends at its deadline where a receiver hangs, with the head or in the middle of the body', async () => {
    for (const begins of [false, true]) {
      const receiver = await startReceiver((_, response) => {
        if (begins) response.writeHead(ok[0], { 'content-length': 1000 }).write('x');
      });
      const delivery = await channelOf(kind, receiver.url, 150).send(noticeWith(), 'k/0');
      expect(delivery).toEqual({ kind: 'later', reason: 'No answer within 150 ms', afterMs: null });
      await receiver.close();
    }
  });

  it('is not deceived by somebody else on the line, and not held up by an endless answer', async () => {
    if (kind === 'webhook') return;
    const portal = await startReceiver((_, response) => answerWith(response, 200, '<html>Please log in</html>'));
    expect(await channelOf(kind, portal.url).send(noticeWith(), 'k/0')).toMatchObject({ kind: 'later' });
    const endless = await startReceiver((_, response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    expect(await channelOf(kind, endless.url).send(noticeWith(), 'k/0')).toMatchObject({ kind: 'later' });
  });

  it('says what is wrong without the secret where nobody is there, or something that speaks no HTTP', async () => {
    const garbage = createServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.end('SSH-2.0-garbage\r\n\u0000\u0001');
    });
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    const { port } = garbage.address() as AddressInfo;
    const channel = channelOf(kind, `http://127.0.0.1:${port}`);
    const heard = await channel.send(noticeWith(), 'k/0');
    expect(heard.kind).toBe('later');
    await new Promise((resolve) => garbage.close(resolve));
    const refused = await channel.send(noticeWith(), 'k/0');
    expect(refused).toMatchObject({ kind: 'later', reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify([heard, refused])).not.toContain(SECRET);
  });
});

it('a webhook is signed as ours are, and has the same key at each attempt', async () => {
  const receiver = await startReceiver((_, response) => answerWith(response, 204, ''));
  const channel = channelOf('webhook', receiver.url);
  await channel.send(noticeWith(), 'incident/0');
  const { headers, body } = receiver.received[0]!;
  const signature = String(headers['x-wp-chat-signature']);
  expect(signatureFault(signature, Buffer.from(body), { secret: SECRET, toleranceS: 300 }, Date.now())).toBeNull();
  const [, time, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
  expect(createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex')).toBe(digest);
  expect(headers['idempotency-key']).toBe('incident%2F0');
});

it('an incident that is mitigated is nothing that PagerDuty has a state for', async () => {
  expect(await channelOf('pagerduty', 'http://127.0.0.1:1').send(noticeWith({ state: 'mitigated' }), 'k')).toEqual({
    kind: 'nothing',
  });
});
