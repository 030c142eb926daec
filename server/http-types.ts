/** What crosses the HTTP door, in both directions. */

export type Method = 'GET' | 'POST';
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
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: readonly (readonly [string, string])[];
}

export interface Route {
  readonly method: Method;
  /** A literal path. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly routes: readonly Route[];
  /** Answers what no route takes: unknown paths, wrong methods, too large bodies, and handlers that throw. */
  readonly refuse: (refusal: Refusal, request: Pick<HttpRequest, 'headers' | 'path'>) => HttpAnswer;
}

export type Refusal =
  | { readonly kind: 'not_found'; readonly path: string }
  | { readonly kind: 'method_not_allowed'; readonly allowed: readonly AllowedMethod[] }
  | { readonly kind: 'body_too_large'; readonly bytesMax: number }
  | { readonly kind: 'internal'; readonly error: unknown };
