/** The raw limit of HTTP: uWebSockets.js that sends answers made beforehand, and does nothing else. */
import { readFileSync } from 'node:fs';
import { loadUws } from '../../server/uws.ts';

/** Path of a JSON array of bodies. */
const file = process.argv[2]!;
const bodies = (JSON.parse(readFileSync(file, 'utf8')) as string[]).map((body) => Buffer.from(body));
const { uws } = loadUws();
let next = 0;
uws
  .App()
  .get('/search', (response) => {
    const body = bodies[next++ % bodies.length]!;
    response.cork(() => {
      response.writeHeader('content-type', 'application/json; charset=utf-8');
      response.writeHeader('x-request-id', '0123456789-0');
      response.end(body);
    });
  })
  .listen('127.0.0.1', 0, (socket) => {
    if (!socket) throw new Error('No free port');
    process.stdout.write(`${JSON.stringify({ port: uws.us_socket_local_port(socket) })}\n`);
  });
