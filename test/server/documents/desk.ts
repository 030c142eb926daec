/** The routes of documents at a real door, before real changes in a folder of their own, with no index behind. */
import { join } from 'node:path';
import { type Base, Changes } from '../../../engine/changes/index.ts';
import { systemClock } from '../../../engine/clock.ts';
import type { ErrorEntry } from '../../../ops/index.ts';
import { documentsRoutes, type LivingDocuments } from '../../../server/documents/index.ts';
import type { Route } from '../../../server/http.ts';
import { read, SETTINGS } from '../../engine/changes/sites.ts';
import { openDoor } from '../../hardening/door.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** How the world behind the routes is, for one test. */
export interface Behind {
  documentsMax?: number;
  bytesMax?: number;
  /** What `visible` does; resolves at once where not given. */
  visible?: LivingDocuments['visible'];
  /** What the generation has; nothing where not given. */
  base?: Base;
  /** What every change throws. */
  failure?: Error;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON. */
  readonly body: Record<string, unknown> & { errors?: { field: string; value: unknown; expected: string }[] };
  /** Of JSON lines. */
  readonly lines: Record<string, unknown>[];
}

export interface Desk {
  readonly port: number;
  readonly documents: LivingDocuments;
  readonly logged: ErrorEntry[];
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  bulk(lines: readonly unknown[], path?: string, headers?: Record<string, string>): Promise<Answer>;
}

export async function openDocuments(
  behind: Behind = {},
): Promise<{ documents: LivingDocuments; close(): Promise<void> }> {
  const { changes } = await Changes.open({
    folder: join(scratchFolder(), 'journal'),
    settings: {
      ...SETTINGS,
      documentBytesMax: 100_000,
      keyAgeMsMax: 60_000,
      documentsMax: behind.documentsMax ?? 1000,
      bytesMax: behind.bytesMax ?? 1e6,
    },
    covered: null,
    base: behind.base ?? {
      version: async () => null,
      document: () => Promise.reject(new Error('There is no base')),
    },
    clock: systemClock,
    journal: { writer: 'inline' },
  });
  const documents: LivingDocuments = {
    applyAll: (operations) =>
      behind.failure === undefined ? changes.applyAll(operations) : Promise.reject(behind.failure),
    get: async (id) => {
      const found = changes.get(id);
      return found == null || found.document === null
        ? null
        : { version: found.version, document: read(found.document) };
    },
    visible: (version, step) => behind.visible?.(version, step) ?? Promise.resolve(),
  };
  return { documents, close: () => changes.close() };
}

export async function openDesk(behind: Behind = {}): Promise<Desk> {
  const { documents } = await openDocuments(behind);
  const logged: ErrorEntry[] = [];
  const errors = { write: (line: ErrorEntry) => logged.push(line) } as never;
  const settings = { bodyDepthMax: 16, deadlineMs: 2000, documents: { bytesMax: 65_536, linesMax: 20 } };
  // By which commands know that it is the product.
  const alive: Route = {
    method: 'GET',
    path: '/stats/health/live',
    handle: () => ({ status: 200, contentType: 'application/json', body: '{"live":true}' }),
  };
  const routes = documentsRoutes({ documents, settings, errors, clock: systemClock });
  const port = await openDoor({ routes: [alive, ...routes] });
  const ask: Desk['ask'] = async (method, path, body, headers = {}) => {
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (text !== '' && /json$/.test(type) && !/ndjson/.test(type) ? JSON.parse(text) : {}) as Answer['body'],
      lines: /ndjson/.test(type)
        ? text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Record<string, unknown>)
        : [],
    };
  };
  const bulk: Desk['bulk'] = (lines, path = '/documents/bulk', headers = {}) =>
    ask('POST', path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'), {
      'content-type': 'application/x-ndjson',
      ...headers,
    });
  return { port, documents, logged, ask, bulk };
}
