/** What is measured of the limiter: the table alone, and all that stands before a search. */
import { systemClock } from '../../engine/clock.ts';
import type { HttpAnswer, HttpRequest } from '../../server/http.ts';
import { GcraTable, openLimits } from '../../server/limits/index.ts';
import { limitsSchema } from '../../server/limits/settings.ts';

export interface Subject {
  readonly name: string;
  readonly clients: number;
  readonly decisions: number;
  /** @param order numbers of clients; @returns what is timed: a decision for each */
  prepare(order: Int32Array): () => void;
}

/** Places are half as many again as clients, so that each is counted exactly. */
const placesFor = (clients: number): number => Math.ceil(clients * 1.5);

/** 100 a second, 200 at once. */
const RATE = { periodNs: 10_000_000, burst: 200 };
/** So that what passes is measured, not what is refused. */
const NEVER_REFUSING = { maxRequests: 1_000_000, windowSeconds: 1, burst: 200 };
const SEED = 7;
const TICK_NS = 1000;

/** Spreads small numbers over all 32 bits, no two the same. */
const wordOf = (client: number): number => Math.imul(client, 0x9e3779b1);

export function tableAlone(clients: number): Subject {
  const table = new GcraTable(placesFor(clients), SEED);
  let nowNs = 1;
  const prepare: Subject['prepare'] = (order) => {
    const words = order.map(wordOf);
    return () => {
      for (let at = 0; at < words.length; at++) {
        nowNs += TICK_NS;
        table.take({ high: -1, low: words[at]! }, 1, RATE, nowNs);
      }
    };
  };
  return { name: 'decision', clients, decisions: 1_000_000, prepare };
}

/**
 * The address out of its text, proxies, blocks, exemptions, policy, clock, record, decision, and five headers onto the answer of a
 * handler that does nothing.
 */
export function wholeGate(clients: number): Subject {
  const settings = limitsSchema.parse({ ...NEVER_REFUSING, keysMax: placesFor(clients), trustedProxies: '10.0.0.0/8' });
  const limits = openLimits({ settings, clock: systemClock, bodyDepthMax: 16, batchQueriesMax: 100 });
  const answer: HttpAnswer = { status: 200, contentType: 'application/json', body: '{}' };
  const [search] = limits.gate([{ method: 'GET', path: '/search', handle: () => answer }]);
  const prepare: Subject['prepare'] = (order) => {
    const requests = Array.from(order, (client) => requestOf(wordOf(client)));
    return () => {
      for (const request of requests) void search!.handle(request);
    };
  };
  return { name: 'gate', clients, decisions: 100_000, prepare };
}

const HEADERS = new Map([['accept', 'application/json']]);
const BODY = new Uint8Array(0);

function requestOf(word: number): HttpRequest {
  const client = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');
  return { method: 'GET', path: '/search', query: 'q=redis', headers: HEADERS, body: BODY, client };
}
