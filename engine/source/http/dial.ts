import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { AddressGuard } from '../address-guard.ts';

/** Every address of a host, in the order to try them. */
export type Lookup = (host: string) => Promise<readonly string[]>;

const lookupAll: Lookup = async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address);

/**
 * Connections that go where the guard looked: the host is resolved once, every address it has must pass, and the socket
 * is opened to that very address, so that a second, different DNS answer (rebinding) has no effect. TLS still checks the
 * certificate against the host name.
 */
export function createDialler(guard: AddressGuard, options: { connectTimeoutMs: number; lookup?: Lookup }): Agent {
  const { connectTimeoutMs, lookup = lookupAll } = options;
  const open = buildConnector({ timeout: connectTimeoutMs });

  const openAt = (address: string, to: buildConnector.Options): Promise<Socket | TLSSocket> =>
    new Promise((resolve, reject) => {
      open({ ...to, hostname: address }, (error, socket) => (error === null ? resolve(socket) : reject(error)));
    });

  const dial = async (to: buildConnector.Options): Promise<Socket | TLSSocket> => {
    const host = to.hostname.replace(/^\[|\]$/gu, '');
    const addresses = isIP(host) === 0 ? await lookup(host) : [host];
    for (const address of addresses) guard.checkAddress(host, address);
    let failure: unknown = new Error(`No address for ${host}`);
    for (const address of addresses) {
      try {
        return await openAt(address, to);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };

  return new Agent({
    connect: (to, callback) => {
      dial(to).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}
