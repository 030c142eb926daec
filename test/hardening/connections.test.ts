/** What one client may hold of the server: connections, bodies that trickle in, answers that it does not take. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/client.ts';
import { RawConnection } from '../support/raw-http.ts';
import { type ServerProcess, startSampleServer } from '../support/server.ts';

const PER_ADDRESS = 8;
const TOTAL = 40;
const BODY_MS = 400;
const [CROWD, NEIGHBOUR, PROXY] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({
    set: [
      `server.connections.perAddressMax=${PER_ADDRESS}`,
      `server.connections.totalMax=${TOTAL}`,
      'server.connections.exempt=127.0.0.1/32',
      `server.limits.trustedProxies=${PROXY}/32`,
      `server.connections.bodyMs=${BODY_MS}`,
      'server.connections.answerMs=1000',
    ],
  });
});
afterAll(() => server.stop());

interface Status {
  readonly open: number | null;
  readonly refused: { readonly perAddress: number; readonly total: number };
  readonly late: { readonly bodies: number; readonly answers: number };
}
const status = async (): Promise<Status> =>
  (await ask<{ connections: Status }>(`${server.url}/stats/rate-limit`)).body.connections;

const LIVE = 'GET /stats/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Connections from an address that were let in, with an answer each to prove it, and how many were not. */
async function crowd(
  from: string,
  size: number,
): Promise<{ readonly inside: RawConnection[]; readonly refused: number }> {
  const all = await Promise.all(Array.from({ length: size }, () => RawConnection.open(server.port, from)));
  const answers = await Promise.all(
    all.map((connection) => {
      connection.send(LIVE);
      return connection.next();
    }),
  );
  const inside = all.filter((_, at) => answers[at]?.status === 200);
  return { inside, refused: size - inside.length };
}

async function leave(connections: readonly RawConnection[]): Promise<void> {
  for (const connection of connections) connection.close();
  await Promise.all(connections.map(({ ended }) => ended));
}

describe('connections', () => {
  it('of one address are bounded: further ones are closed at once and counted, a neighbour is served', async () => {
    const { refused } = await status();
    const many = await crowd(CROWD, PER_ADDRESS + 5);
    expect([many.inside.length, many.refused]).toEqual([PER_ADDRESS, 5]);
    const neighbour = await crowd(NEIGHBOUR, 1);
    expect(neighbour.inside.length).toBe(1);
    const after = await status();
    expect(after.refused.perAddress - refused.perAddress).toBe(5);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`wp_chat_connections_refused_total{bound="address"} ${after.refused.perAddress}\n`);
    expect(Number(/^wp_chat_connections (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(PER_ADDRESS);
    await leave([...many.inside, ...neighbour.inside]);
  });

  it('that have ended make room again', async () => {
    for (let round = 0; round < 3; round++) {
      const { inside } = await crowd(CROWD, PER_ADDRESS);
      expect(inside.length).toBe(PER_ADDRESS);
      await leave(inside);
      // The server hears of the end a moment later: room there is at the latest when it counts again.
      while ((await status()).open! > 2);
    }
  });

  it('of a configured proxy are as many as it needs', async () => {
    const { inside, refused } = await crowd(PROXY, 3 * PER_ADDRESS);
    expect([inside.length, refused]).toEqual([3 * PER_ADDRESS, 0]);
    await leave(inside);
  });

  it('in all are bounded, too; who is exempt still comes in', async () => {
    const before = (await status()).refused.total;
    const proxy = await crowd(PROXY, TOTAL);
    const stranger = await crowd(NEIGHBOUR, 3);
    expect([stranger.inside.length, stranger.refused]).toEqual([0, 3]);
    expect((await status()).refused.total - before).toBe(3);
    await leave(proxy.inside);
  });
});

const POST = 'POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('a body', () => {
  it('that trickles in is refused with 408 in its time, and its connection ended', async () => {
    const before = (await status()).late.bodies;
    const connection = await RawConnection.open(server.port);
    connection.send(`${POST}Content-Length: 1000\r\n\r\n{`);
    const trickle = setInterval(() => connection.send(' '), 20);
    const answer = await connection.next();
    expect(answer?.status).toBe(408);
    expect(JSON.parse(answer!.body.toString())).toMatchObject({ code: 'body_too_slow' });
    await connection.ended;
    clearInterval(trickle);
    expect((await status()).late.bodies - before).toBe(1);
  });

  it('that trickles in in chunks is no better off', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    const trickle = setInterval(() => connection.send('1\r\n \r\n'), 20);
    expect((await connection.next())?.status).toBe(408);
    await connection.ended;
    clearInterval(trickle);
  });

  it('whose client leaves is not waited for', async () => {
    const before = await status();
    const connection = await RawConnection.open(server.port);
    connection.send(`${POST}Content-Length: 1000\r\n\r\n{`);
    connection.close();
    await connection.ended;
    // A later one is called late: the earlier one would have been by then.
    const later = await RawConnection.open(server.port);
    later.send(`${POST}Content-Length: 1000\r\n\r\n{`);
    await later.next();
    expect((await status()).late.bodies - before.late.bodies).toBe(1);
  });
});

it('an answer that nobody takes is cut off in its time, while others are served', async () => {
  const queries = Array.from({ length: 100 }, (_, n) => ({
    q: `speed up the database ${n}`,
    mode: 'bm25',
    rerank: false,
    topk: 100,
    explain: true,
  }));
  const body = JSON.stringify({ queries });
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  const head = 'POST /search/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  const before = (await status()).late.answers;
  await new Promise((resolve) => socket.once('readable', resolve));
  while ((await status()).late.answers === before);
  expect((await status()).late.answers - before).toBe(1);
  socket.destroy();
});
