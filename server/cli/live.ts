/**
 * How is a running server asked? Where it listens follows from the configuration: searches at one address, operators' matters at
 * their own where they have one, HTTPS where it has a certificate. The key comes from the environment or from `--key`, goes into one
 * header, and is never printed.
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { EngineError, ERROR_SENTENCES, type ErrorCode } from '../../engine/errors.ts';
import type { Config } from '../config/index.ts';
import type { Method } from '../http.ts';
import { type Reply, send } from './live-transport.ts';

/** A server that does not answer within this is taken for absent. */
const CONNECT_MS = 1000;
/** One that does not say what it was asked within this is too ill to be asked. */
const ANSWER_MS = 10_000;

export interface LiveOptions {
  readonly url?: string;
  readonly key?: string;
}

/** The options of every command that asks a server. */
export const asksServer = (command: Command): Command =>
  command
    .option('--url <address>', 'address of the server (default: as the configuration says)')
    .addOption(
      new Option('--key <key>', 'API key; better in the environment, since a command line can be read by others').env(
        'WP_CHAT_KEY',
      ),
    );

/** Searches answer at one address, figures and actions perhaps at another. */
export type Door = 'searches' | 'operators';

/** Where a server of this configuration is reached from its own machine. */
export function serverUrl({ server }: Config, door: Door = 'searches'): string {
  const { host, port } = door === 'operators' && server.admin.port !== 0 ? server.admin : server;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${server.tls.certFile === '' ? 'http' : 'https'}://${name}:${port}`;
}

/** What is sent as it stands. */
export interface Message {
  readonly text: string;
  /** Media type of it. */
  readonly type: string;
}

export interface Exchange {
  readonly message?: Message;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server, and how it is asked. */
export interface LiveServer {
  readonly url: string;
  /** @throws EngineError with the code of its refusal, or source_unreadable where it does not answer */
  ask<Answer>(method: Method, path: string, body?: object): Promise<Answer>;
  /** As {@link ask}, for what is no JSON, and for headers. */
  exchange(method: Method, path: string, exchange?: Exchange): Promise<Reply>;
}

/** @throws EngineError source_unreadable where nobody answers in time, or something else does */
export async function liveServer(config: Config, options: LiveOptions, door: Door): Promise<LiveServer> {
  const url = options.url ?? serverUrl(config, door);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new EngineError(
      'request_invalid',
      `--url: expected an address such as https://search.example:8080, got: ${url}`,
    );
  const certificate = options.url === undefined ? certificateOf(config) : null;
  await requireLive(url, certificate);
  const own = headersOf(options.key);
  // Searches take as long as they may, and so does what waits until a change is found.
  const timeoutMs = ANSWER_MS + config.server.deadlineMs;
  const exchange: LiveServer['exchange'] = async (method, path, { message, headers } = {}) => {
    const body = message?.text ?? null;
    const typed = message === undefined ? {} : { ...lengthOf(message.text), 'content-type': message.type };
    const sent = { url: new URL(path, url), method, certificate, timeoutMs, body };
    const reply = await send({ ...sent, headers: { ...own, ...headers, ...typed } }).catch((error: Error) => {
      throw unreachable(url, error);
    });
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw refusalOf(reply, url);
  };
  return {
    url,
    exchange,
    ask: async <Answer>(method: Method, path: string, body?: object) => {
      const message = body === undefined ? {} : { message: { text: JSON.stringify(body), type: 'application/json' } };
      const reply = await exchange(method, path, message);
      const told = parsed<Answer>(reply.body);
      if (told === null) throw refusalOf(reply, url);
      return told;
    },
  };
}

/** As {@link liveServer}; null where the configuration names it and nobody listens there. One that --url names must answer. */
export const liveServerIfAny = (config: Config, options: LiveOptions, door: Door): Promise<LiveServer | null> =>
  liveServer(config, options, door).catch((error: unknown) => {
    if (options.url === undefined && error instanceof EngineError && error.code === 'source_unreadable') return null;
    throw error;
  });

/** @throws EngineError source_unreadable where nobody answers in time, or something else than wp-chat does */
export async function requireLive(url: string, certificate: Buffer | null = null): Promise<void> {
  const path = new URL('/stats/health/live', url);
  const headers = { accept: 'application/json' };
  const sent = { url: path, method: 'GET', headers, body: null, timeoutMs: CONNECT_MS, certificate };
  const { body } = await send(sent).catch((error: Error) => {
    throw unreachable(url, error);
  });
  if (parsed<{ live?: boolean }>(body)?.live !== true)
    throw new EngineError('source_unreadable', `It is not wp-chat that answers: ${url}`, {
      remedy: 'Name the address of the server: --url, or server.host and server.port',
    });
}

/** Said for every method: a body whose length is not, is none to many a server. */
const lengthOf = (text: string): Record<string, string> => ({ 'content-length': String(Buffer.byteLength(text)) });

/** Null for plain HTTP. */
function certificateOf({ server: { tls } }: Config): Buffer | null {
  if (tls.certFile === '') return null;
  try {
    return readFileSync(tls.certFile);
  } catch (error) {
    throw new EngineError('config_invalid', `Cannot tell the server by its certificate: ${(error as Error).message}`, {
      field: 'server.tls.certFile',
      remedy: 'Make the file readable, or name the server with --url',
    });
  }
}

function headersOf(key: string | undefined): Record<string, string> {
  if (key === undefined || key.trim() === '') return { accept: 'application/json' };
  // What is wrong with it is said without showing it.
  if (!/^[\x21-\x7e]+$/.test(key.trim()))
    throw new EngineError('request_invalid', 'The key has characters that no key has', {
      field: 'key',
      remedy: 'Give the whole line that wp-chat keys create printed, and nothing else',
    });
  return { accept: 'application/json', authorization: `Bearer ${key.trim()}` };
}

function refusalOf({ status, body }: Reply, url: string): EngineError {
  const told = parsed<{ code?: string; detail?: string }>(body);
  const code = told?.code !== undefined && Object.hasOwn(ERROR_SENTENCES, told.code) ? (told.code as ErrorCode) : null;
  const remedy = code === null ? `See what it says: curl -i ${url}` : REMEDIES[code];
  return new EngineError(code ?? 'internal', told?.detail ?? `The server at ${url} answers with ${status}`, {
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthorized:
    'Set WP_CHAT_KEY to a key that is good; on the machine of the server: wp-chat keys create --name operator --scopes ops:act,ops:read',
  forbidden: 'Use a key with that scope, from an address that it may be used from: wp-chat keys list',
  blocked: 'Ask from another address, and let this one in again: wp-chat ratelimit unblock ADDRESS',
  not_found: "Name the server's operators' port where it has one: --url, or server.admin.port",
  rate_limited: 'Wait, then ask again',
  incident_missing: 'See which there are: wp-chat incident status',
  incident_changed: 'Look at it again, then decide anew: wp-chat incident show ID',
  action_refused: 'See what stands in the way: wp-chat incident procedures ID',
  document_missing: 'Look for it: wp-chat search --json shows the ids of what it finds',
  version_conflict: 'Read it again: wp-chat documents get ID',
  key_reused: 'Give a new key to each operation',
  changes_full: 'Wait until the index is merged, then ask again',
};

function unreachable(url: string, error: Error): EngineError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const [why, remedy] =
    code === 'ECONNREFUSED'
      ? [
          'nobody listens there',
          'Start it with wp-chat serve, or name its address: --url, or server.host and server.port',
        ]
      : /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)
        ? [`its certificate is not believed: ${code}`, 'Name the file of who signed it: NODE_EXTRA_CA_CERTS=ca.pem']
        : [error.message, 'Name its address, with https where it has a certificate: --url'];
  return new EngineError('source_unreadable', `Cannot ask the server: ${why}: ${url}`, { remedy });
}

/** Null where it is no JSON. */
function parsed<Value>(text: string): Value | null {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return null;
  }
}
