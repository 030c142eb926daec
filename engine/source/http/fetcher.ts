import { type Dispatcher, request } from 'undici';
import type { Clock } from '../../clock.ts';
import { EngineError } from '../../errors.ts';
import type { AddressGuard } from '../address-guard.ts';
import { type BodyLimits, readBody } from './body.ts';
import { createDialler, type Lookup } from './dial.ts';
import { Pace } from './pace.ts';
import type { Pauses } from './pauses.ts';
import { backoffMs, isRetriedStatus, type RetryLimits, retryAfterMs } from './retry.ts';

export interface FetchLimits extends RetryLimits {
  readonly requestsPerSecond: number;
  /** For one attempt, from the first byte sent to the last one read. */
  readonly requestTimeoutMs: number;
  readonly bodyBytesMax: number;
  /** Over the whole life of the fetcher, retries and redirects included. */
  readonly requestsMax: number;
  readonly totalBytesMax: number;
}

export interface Reply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Where it came from in the end, after redirects. */
  readonly url: URL;
}

export interface FetcherOptions {
  readonly guard: AddressGuard;
  readonly limits: FetchLimits;
  readonly clock: Clock;
  readonly pauses: Pauses;
  /** Uniform in 0 … 1: the jitter. */
  readonly random: () => number;
  /** Sent to this origin and to no other. */
  readonly credentials: { readonly origin: string; readonly authorization: string } | null;
  readonly signal: AbortSignal | null;
  readonly lookup?: Lookup;
}

export interface Wanted {
  readonly accept: string;
  /** What becomes of a body beyond the limit; 'refuse' by default. */
  readonly overlong?: BodyLimits['overlong'];
  /** Lowers the limit of the fetcher for this reply. */
  readonly bodyBytesMax?: number;
  readonly cameFrom?: URL;
}

const REDIRECTS_MAX = 5;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** A polite, bounded and guarded GET. Sequential use; `close` ends its connections. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #agent: Dispatcher;
  readonly #pace: Pace;
  #requests = 0;
  #bytes = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    const { guard, limits, clock, pauses, lookup } = options;
    this.#agent = createDialler(guard, {
      connectTimeoutMs: limits.requestTimeoutMs,
      ...(lookup !== undefined && { lookup }),
    });
    this.#pace = new Pace(limits.requestsPerSecond, clock, pauses);
  }

  /**
   * Any status is a reply, a failing one after its retries. `cameFrom` is the page that named this address, null when
   * the operator did.
   *
   * @throws EngineError source_refused or source_unreadable; the signal's reason when aborted
   */
  async get(url: URL, wanted: Wanted): Promise<Reply> {
    const { limits, pauses, clock, random, signal } = this.#options;
    for (let attempt = 0; ; attempt++) {
      let wantedMs: number | null = null;
      try {
        const reply = await this.#follow(url, wanted);
        if (!isRetriedStatus(reply.status) || attempt >= limits.retriesMax) return reply;
        wantedMs = retryAfterMs(reply.headers.get('retry-after'), clock.wallMs());
      } catch (error) {
        signal?.throwIfAborted();
        const refusal = engineErrorIn(error);
        if (refusal !== null) throw refusal;
        if (attempt >= limits.retriesMax) throw unreachable(url, error, attempt + 1);
      }
      const waitMs = Math.min(limits.waitMsMax, wantedMs ?? backoffMs(attempt, limits, random()));
      await pauses.sleep(waitMs, signal);
    }
  }

  async #follow(start: URL, wanted: Wanted): Promise<Reply> {
    let url = start;
    let previous = wanted.cameFrom ?? null;
    for (let hops = 0; ; hops++) {
      this.#options.guard.checkUrl(url, previous);
      const reply = await this.#once(url, wanted);
      const location = reply.headers.get('location');
      if (!REDIRECT_STATUSES.has(reply.status) || location === undefined) return reply;
      if (hops === REDIRECTS_MAX || !URL.canParse(location, url.href)) {
        const reason = hops === REDIRECTS_MAX ? `more than ${REDIRECTS_MAX} redirects` : 'a redirect to no address';
        throw new EngineError('source_unreadable', `Cannot read ${start.href}: ${reason}: ${location}`, {
          file: start.href,
          value: location,
        });
      }
      previous = url;
      url = new URL(location, url);
      url.hash = '';
    }
  }

  async #once(url: URL, wanted: Wanted): Promise<Reply> {
    const { limits, pauses, credentials, signal } = this.#options;
    const { accept, overlong = 'refuse' } = wanted;
    await this.#pace.turn(signal);
    this.#spend(url);
    const expiry = pauses.expiry(limits.requestTimeoutMs);
    const { statusCode, headers, body } = await request(url, {
      dispatcher: this.#agent,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: signal === null ? expiry : AbortSignal.any([signal, expiry]),
      headers: {
        accept,
        'accept-encoding': 'gzip',
        'user-agent': 'wp-chat',
        ...(credentials?.origin === url.origin && { authorization: credentials.authorization }),
      },
    });
    const place = `${url.origin}${url.pathname}`;
    const names = flatten(headers);
    const wantedBytesMax = wanted.bodyBytesMax ?? limits.bodyBytesMax;
    const bodyBytesMax = Math.min(wantedBytesMax, limits.bodyBytesMax, limits.totalBytesMax - this.#bytes);
    const bytes = await readBody(body, names, { bodyBytesMax, overlong }, place);
    this.#bytes += bytes.length;
    return { status: statusCode, headers: names, body: bytes, url };
  }

  #spend(url: URL): void {
    const { requestsMax, totalBytesMax } = this.#options.limits;
    this.#requests++;
    if (this.#requests <= requestsMax && this.#bytes < totalBytesMax) return;
    const [field, value] =
      this.#requests > requestsMax ? ['requestsMax', requestsMax] : ['totalBytesMax', totalBytesMax];
    throw new EngineError('source_refused', `Cannot read on from ${url.host}: ${field} is reached: ${value}`, {
      field: String(field),
      value,
      remedy: `Raise ${field} and run again: the crawl continues where it stopped`,
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) names.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  }
  return names;
}

/** undici may wrap what the dialler threw. */
function engineErrorIn(error: unknown): EngineError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof EngineError) return cause;
  }
  return null;
}

function unreachable(url: URL, error: unknown, attempts: number): EngineError {
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError(
    'source_unreadable',
    `Cannot read ${url.origin}${url.pathname}: no answer after ${attempts} attempts: ${reason}`,
    { file: url.href, remedy: 'Check that the site is up, then run again: the crawl continues where it stopped' },
    error,
  );
}
