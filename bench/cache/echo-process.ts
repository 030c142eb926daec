/** The raw limit: uWebSockets.js that sends the same answers, header for header, and does nothing else. */
import { readFileSync } from 'node:fs';
import { loadUws } from '../../server/uws.ts';

export interface Echoed {
  /** Whole, as the server sends it. */
  readonly body: string;
  readonly headers: readonly (readonly [string, string])[];
}

const { body, headers } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Echoed;
const bytes = Buffer.from(body);
const { uws } = loadUws();
uws
  .App()
  .get('/search', (response) => {
    response.cork(() => {
      for (const [name, value] of headers) response.writeHeader(name, value);
      response.end(bytes);
    });
  })
  .get('/known', (response) => {
    response.cork(() => {
      response.writeStatus('304 Not Modified');
      for (const [name, value] of headers) response.writeHeader(name, value);
      response.endWithoutBody();
    });
  })
  .listen('127.0.0.1', 0, (socket) => {
    if (!socket) throw new Error('No free port');
    process.stdout.write(`${JSON.stringify({ port: uws.us_socket_local_port(socket) })}\n`);
  });
