/** What /metrics says of connections. */
import { type Family, singleFamily } from '../../ops/index.ts';
import type { ConnectionStatus } from './index.ts';

export function connectionFamilies({ open, refused, late }: ConnectionStatus): Family[] {
  return [
    ...(open === null ? [] : [singleFamily('gauge', 'wp_chat_connections', 'Connections that are open.', open)]),
    {
      ...{ name: 'wp_chat_connections_refused', type: 'counter' },
      help: 'Connections closed at once, by the bound that they met.',
      samples: [
        { labels: { bound: 'address' }, value: refused.perAddress },
        { labels: { bound: 'total' }, value: refused.total },
      ],
    },
    {
      ...{ name: 'wp_chat_connections_late', type: 'counter' },
      help: 'Exchanges that were ended because a client took too long: to send its body, to read the answer.',
      samples: [
        { labels: { part: 'body' }, value: late.bodies },
        { labels: { part: 'answer' }, value: late.answers },
      ],
    },
  ];
}
