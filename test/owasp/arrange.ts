/** What the attacks share: a server that asks for keys everywhere, behind a proxy, with keys of every scope; and requests as bytes. */
import { join } from 'node:path';
import { createKey } from '../../server/auth/key-making.ts';
import { SCOPES, type Scope } from '../../server/auth/scopes.ts';
import { RawConnection, type RawResponse } from '../support/raw-http.ts';
import { sampleIndexCopy } from '../support/sample-index-copy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Asking {
  readonly key?: string;
  /** Whom the proxy names; somebody on the internet where not given. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Target {
  readonly server: ServerProcess;
  readonly keys: Readonly<Record<Scope, string>>;
  /** Good for searching, and never shown to the server before. */
  readonly spare: string;
  readonly keysFile: string;
  ask(method: string, path: string, asking?: Asking): Promise<Told>;
  /** A path that no client library would leave as it is. */
  raw(method: string, path: string, lines?: readonly string[]): Promise<RawResponse>;
}

export async function openTarget(set: readonly string[] = []): Promise<Target> {
  const keysFile = join(scratchFolder(), 'keys.json');
  const make = (scope: Scope): string =>
    createKey(keysFile, { name: scope, scopes: [scope], from: [], lifetimeMs: null }, Date.now()).key;
  const made = SCOPES.map((scope): [Scope, string] => [scope, make(scope)]);
  const spare = make('search');
  const keyed = ['search', 'stats', 'admin'].map((area) => `server.auth.${area}=key`);
  const server = await startServer({
    index: sampleIndexCopy(),
    set: [`server.auth.keysFile=${keysFile}`, 'server.limits.trustedProxies=127.0.0.1', ...keyed, ...set],
  });
  const ask: Target['ask'] = async (method, path, { key, from = '198.51.100.1', headers = {}, body } = {}) => {
    const left = new AbortController();
    const response = await fetch(server.url + path, {
      method,
      signal: left.signal,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': from,
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await response.text();
    left.abort();
    return { status: response.status, headers: response.headers, text };
  };
  const raw: Target['raw'] = async (method, path, lines = []) => {
    const connection = await RawConnection.open(server.port);
    const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'X-Forwarded-For: 198.51.100.1', ...lines];
    connection.send(`${head.join('\r\n')}\r\n\r\n`);
    const response = await connection.next(method === 'HEAD');
    connection.close();
    return response ?? { status: 0, headers: new Map(), body: Buffer.alloc(0) };
  };
  return { server, keys: Object.fromEntries(made) as Record<Scope, string>, spare, keysFile, ask, raw };
}

export const problemOf = ({ text }: Told): { code: string; detail: string; errors?: { field: string }[] } =>
  JSON.parse(text) as { code: string; detail: string; errors?: { field: string }[] };
