/** The HTTP door in the process of the test, before a handler of its own: what it does itself, without the product behind it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '../../engine/clock.ts';
import { openConnections } from '../../server/connections/index.ts';
import { connectionsSchema } from '../../server/connections/settings.ts';
import { type HttpSettings, listen } from '../../server/http.ts';
import { refusals } from '../../server/routes.ts';
import { afterwards } from '../support/afterwards.ts';

/** Listens on a free port of this machine until the tests of this file are done. */
export async function openDoor(settings: Pick<HttpSettings, 'routes'> & Partial<HttpSettings>): Promise<number> {
  const errors = { write: () => {} } as unknown as Parameters<typeof refusals>[0]['errors'];
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: { certFile: '', keyFile: '' },
    bodyBytesMax: 4096,
    connections: openConnections(
      { connections: connectionsSchema.parse({}), limits: { trustedProxies: '' } },
      systemClock,
    ),
    crossOrigin: () => null,
    clock: systemClock,
    record: () => {},
    refuse: refusals({ errors, clock: systemClock }),
    ...settings,
  });
  afterwards(async () => void (await server.drain(0)));
  return server.port;
}

export interface Heard {
  /** Of the first answer; NaN where there was none. */
  readonly status: number;
  readonly text: string;
  /** Whether the server ended the connection. */
  readonly closed: boolean;
}

/** What a server says to these bytes until it is silent for `waitMs`, though it has answered who came later, or ends the connection. */
export async function hear(port: number, bytes: string, waitMs = 500): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(Buffer.from(bytes, 'latin1'));
  const ended = once(socket, 'close').then(() => {
    closed = true;
  });
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<void>((resolve) => {
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(resolve, waitMs);
    };
    socket.on('data', wait);
    void answered(port).then(wait);
  });
  await Promise.race([ended, silent]);
  clearTimeout(timer);
  const heard = { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text, closed };
  socket.destroy();
  return heard;
}

/** Resolves when one who comes now has had an answer, or his connection was ended. */
function answered(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.write('GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return Promise.race([once(socket, 'data'), once(socket, 'close')]).then(() => void socket.destroy());
}
