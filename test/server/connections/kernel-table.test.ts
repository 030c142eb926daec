import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connectedTo, peersIn } from '../../../server/connections/kernel-table.ts';
import { parseAddress } from '../../../server/limits/index.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, peer: string, state: string, inode: string): string =>
  `   0: ${local} ${peer} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 20 4 30 10 -1`;

it('lists the other ends of connections to the port that somebody holds, and nothing else', () => {
  const table = [
    HEAD,
    row('0100007F:1F90', '00000000:0000', '0A', '7'),
    row('0100007F:1F90', '010200C0:C350', '01', '8'),
    row('0100007F:1F90', '020200C0:C351', '06', '0'),
    row('0100007F:1F91', '030200C0:C352', '01', '9'),
    row('0100007F:C350', '0100007F:1F90', '01', '10'),
    row('B80D0120000000000000000001000000:1F90', 'B80D0120000000000000000002000000:C353', '08', '11'),
    row('0000000000000000FFFF00000100007F:1F90', '0000000000000000FFFF0000040200C0:C354', '01', '12'),
  ].join('\n');
  expect(peersIn(table, new Set([8080]))).toEqual(['192.0.2.1', '2001:db8::2', '192.0.2.4'].map(parseAddress));
});

it('says what this kernel says of real connections', async () => {
  if (process.platform !== 'linux') return;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const held = ['127.0.0.2', '127.0.0.3', '127.0.0.3'].map((localAddress) =>
    connect({ port, host: '127.0.0.1', localAddress }),
  );
  for (let accepted = 0; accepted < held.length; accepted++) await once(server, 'connection');
  const told = connectedTo(new Set([port]));
  const word = (address: string) => parseAddress(address)![3];
  expect(told?.map(([, , , last]) => last).sort()).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.3'].map(word).sort());
  for (const socket of held) socket.destroy();
  server.close();
});
