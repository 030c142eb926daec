/** What crosses the HTTP door, in both directions. */
import type { Clock } from '../engine/clock.ts';
import type { Sample } from '../ops/index.ts';
import type { Connections } from './connections/index.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** What `Allow` may say: HEAD goes wherever GET does. */
export type AllowedMethod = Method | 'HEAD';

/** Everything a handler may look at; its own copy. */
export interface HttpRequest {
  readonly method: Method;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Lower-case names; only those of what the exchange reads. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Address of the other end, as text; '' where it is gone. */
  readonly client: string;
  /** Whom a trusted proxy names, as text; absent where the other end itself asks. */
  readonly caller?: string;
}

/** A request before its body is read. What is remembered of it holds for the whole request: both are one object. */
export type RequestHead = Omit<HttpRequest, 'body'>;

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Parts are sent as the client takes them; a client that leaves ends the iteration. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
  readonly headers?: readonly (readonly [string, string])[];
  readonly served?: Served;
}

/** A request while it is lent: nothing of it may be asked for later. */
export interface LentRequest {
  getQuery(): string | undefined;
  /** Of the first line with that name; '' where there is none. */
  getHeader(name: string): string;
  /** Every line in its order, names in lower case. */
  forEach(visit: (name: string, value: string) => void): void;
}

/** An answer that can be written at once. */
export interface ReadyAnswer {
  readonly status: 200 | 304 | 503;
  /** All but the request id; the same object for the same headers. */
  readonly headers: readonly (readonly [string, string])[];
  /** Lent until the next request; null where there is none (304). */
  readonly body: Uint8Array | null;
  readonly served: Served;
}

/** How an answer came about, for the record; what a handler leaves out is as {@link NOT_SERVED}. */
export type Served = Pick<Sample, 'cache' | 'rerank' | 'arm' | 'queueNs' | 'degraded' | 'empty' | 'requestId'>;

export const NOT_SERVED: Served = {
  cache: 'none',
  rerank: 'none',
  arm: 'control',
  queueNs: null,
  degraded: [],
  empty: false,
  requestId: '',
};

export type Handle = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** A refusal, or who answers once the request is whole. */
export type Admitted = HttpAnswer | Handle;

export interface Route {
  readonly method: Method;
  /** A literal path, but for parts such as `:id`, which stand for whatever is there. */
  readonly path: string;
  /** The name it is recorded under where that is not the path. */
  readonly endpoint?: string;
  /** Headers, in lower case, that are read for this route beside those that all need. */
  readonly headersRead?: readonly string[];
  /** Of its body, where the bound of all others does not fit. */
  readonly bodyBytesMax?: number;
  /** Asked in place of `handle` where the headers may say enough to refuse a request before its body is read. */
  readonly admit?: (head: RequestHead) => Admitted | Promise<Admitted>;
  readonly handle: Handle;
  /** Asked first, but for HEAD; null leaves the request to `handle`. */
  readonly ready?: (request: LentRequest, client: string) => ReadyAnswer | null;
}

/** What pages of other sites may do with a route. */
export interface CrossOrigin {
  /** Headers of the answer to a page of that origin. */
  answerTo(origin: string): readonly (readonly [string, string])[];
  /** Headers of the answer that lets a browser send such a request; null for an origin that may not. */
  allow(origin: string, methods: readonly AllowedMethod[]): readonly (readonly [string, string])[] | null;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files; '' for plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string };
  readonly bodyBytesMax: number;
  readonly connections: Connections;
  /** Null for a route that pages of other sites may not read. */
  readonly crossOrigin: (route: Route) => CrossOrigin | null;
  readonly routes: readonly Route[];
  readonly clock: Clock;
  /** Asked of every request before anything else, whatever its address; null lets it go on. */
  readonly admit?: (head: RequestHead) => HttpAnswer | null;
  /** Whom a proxy names; undefined where the other end itself asks. Only given where a proxy is trusted. */
  readonly callerOf?: (request: LentRequest, client: string) => string | undefined;
  /** Takes one sample for each request, whatever its end. */
  readonly record: (sample: Sample) => void;
  /** Answers what no route takes: unknown paths, wrong methods, too large bodies, and handlers that throw. */
  readonly refuse: (refusal: Refusal, request: RefusedRequest) => HttpAnswer;
}

/** What a refusal needs to know of its request. */
export type RefusedRequest = Pick<HttpRequest, 'headers' | 'path'>;

export type Refusal =
  | { readonly kind: 'not_found'; readonly path: string }
  | { readonly kind: 'method_not_allowed'; readonly allowed: readonly AllowedMethod[] }
  | { readonly kind: 'body_too_large'; readonly bytesMax: number }
  | { readonly kind: 'body_too_slow' }
  | { readonly kind: 'internal'; readonly error: unknown };
