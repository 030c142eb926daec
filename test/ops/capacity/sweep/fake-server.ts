/** A server of this test's own, that answers as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterwards } from '../../../support/afterwards.ts';

export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ host: string; port: number }> {
  const server = createServer(handle);
  afterwards(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

export const TIMINGS = {
  queueMs: 3,
  embedMs: 1,
  denseMs: 0.5,
  lexicalMs: 0.25,
  fuseMs: 0.25,
  diversifyMs: 0,
  rerankMs: 8,
  documentsMs: 2,
  totalMs: 15,
};

/** The body of an answer, with hits before the timings that look like timings. */
export const answerBody = (timings: object = TIMINGS, degraded: readonly string[] = []): string =>
  JSON.stringify({
    query: '"timings":{',
    degraded,
    hits: [{ title: '"timings":{"queueMs":999}' }],
    timings,
    generation: 'g',
  });
