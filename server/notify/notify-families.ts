/** What /metrics says of notices: whether those who must hear of incidents do. */

import { type Family, singleFamily } from '../../ops/index.ts';
import type { ChannelStatus, NotifierStatus } from '../../ops/notify/index.ts';

type Named = (channel: ChannelStatus) => number;

export function notifyFamilies({ channels, deadLetters, silences, callsLastHour, fault }: NotifierStatus): Family[] {
  const each = (type: 'gauge' | 'counter', name: string, help: string, value: Named): Family => ({
    ...{ name, type, help },
    samples: channels.map((one) => ({ labels: { channel: one.name, kind: one.kind }, value: value(one) })),
  });
  const gauge = (name: string, help: string, value: number): Family => singleFamily('gauge', name, help, value);
  return [
    each('gauge', 'wp_chat_notices_waiting', 'Notices that wait to be delivered.', ({ waiting }) => waiting),
    each('counter', 'wp_chat_notices_delivered', 'Notices that were taken.', ({ delivered }) => delivered),
    each('counter', 'wp_chat_notices_failed', 'Attempts to deliver a notice that failed.', ({ failed }) => failed),
    each('gauge', 'wp_chat_notify_up', 'Whether the last attempt succeeded, 1 or 0.', (one) =>
      Number(one.fault === null),
    ),
    gauge('wp_chat_notices_dead', 'Notices that were given up and are kept.', deadLetters.length),
    gauge('wp_chat_notify_silences', 'Silences in force.', silences.length),
    gauge('wp_chat_notify_calls_hour', 'Calls of the last hour, of those that the budget allows.', callsLastHour),
    gauge('wp_chat_notify_durable', 'Whether notices that wait are on the disk, 1 or 0.', Number(fault === null)),
  ];
}
