/** An answer that a slow client is still reading when the server is told to stop. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startSampleServer } from '../../support/server.ts';

const QUERIES = Array.from({ length: 100 }, (_, n) => ({
  q: `speed up the database ${n}`,
  mode: 'bm25',
  rerank: false,
  topk: 100,
  explain: true,
}));

it('is sent to its last byte before the process ends', async () => {
  const server = await startSampleServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const body = JSON.stringify({ queries: QUERIES });
  socket.write(
    `POST /search/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  const [head = ''] = first.toString('latin1').split('\r\n\r\n');
  const announced = Number(/content-length: (\d+)/i.exec(head)![1]);
  let received = first.length - head.length - 4;
  // More than the kernel's buffers hold, or the test would show nothing.
  expect(announced).toBeGreaterThan(4 * 2 ** 20);

  const exited = server.stop();
  await refused(server.url);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  socket.resume();
  const [code] = await Promise.all([exited, once(socket, 'close')]);
  expect([received, code]).toEqual([announced, 0]);
}, 60_000);

/** Resolves once the server no longer lets anybody in: the signal has arrived. */
async function refused(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${url}/stats/health/live`, { headers: { connection: 'close' } });
    } catch {
      return;
    }
  }
}
