/**
 * Which bytes answer a request, whoever asks?
 *
 * An answer is encoded once. The request id comes last in it, so that an answer to somebody else is the same bytes with another end.
 */
import { createHash } from 'node:crypto';
import type { SearchRequest, SearchResult } from '../../engine/types.ts';
import type { Served } from '../http.ts';
import { type Decoded, decode, encode, type Format } from '../wire/index.ts';

/** How an answer came about, as samples tell it. */
export interface Facts extends Pick<Served, 'rerank' | 'degraded' | 'empty'> {
  /** Of arms that it was really made with. */
  readonly variants: readonly string[];
}

/** Bytes that lack a request id at their end. */
export interface Unaddressed {
  readonly format: Format;
  /** Everything up to the request id. */
  readonly head: Buffer;
}

export interface Answer extends Unaddressed {
  /** Strong, with its quotes: of what the answer says, which the request id and the timings are no part of. */
  readonly etag: string;
  readonly generation: string;
  readonly facts: Facts;
}

const CACHE_CONTROL = ['cache-control', 'private, no-cache'] as const;
const VARY = ['vary', 'accept'] as const;

/** For GET: kept by the caller alone, who asks each time whether it still holds. */
export const headersOf = ({ etag }: Pick<Answer, 'etag'>): readonly (readonly [string, string])[] => [
  ['etag', etag],
  CACHE_CONTROL,
  VARY,
];

const JSON_END = Buffer.from('"}');
/** Lengths of text that MessagePack writes into the first byte. */
const FIXSTR_MAX = 31;
const FIXSTR = 0xa0;
const STR_8 = 0xd9;
/** Of an answer of ours. */
const DEPTH_MAX = 64;
/** Characters of base64url: 132 bits. */
const ETAG_CHARS = 22;

/** What somebody sees who gets an answer. */
export interface Shown {
  readonly query: string;
  /** Of the hits on the page. */
  readonly ids: readonly string[];
  /** Results before them. */
  readonly offset: number;
  /** Results in all. */
  readonly total: number;
}

const shown = new WeakMap<Answer, Shown>();

/** Read from its bytes where it was not made in this process. */
export function shownOf(answer: Answer): Shown {
  let known = shown.get(answer);
  if (known === undefined) {
    const decoded = decode(bytesOf(answer, ''), answer.format, DEPTH_MAX);
    known = seenIn((decoded as Extract<Decoded, { ok: true }>).value as SearchResult);
    shown.set(answer, known);
  }
  return known;
}

const seenIn = ({ query, hits, offset, total }: SearchResult): Shown => ({
  query,
  ids: hits.map(({ id }) => id),
  offset,
  total,
});

export function answerOf(result: SearchResult, { rerank }: SearchRequest, format: Format): Answer {
  const { timings, ...lasting } = result;
  const content = JSON.stringify(lasting);
  const head =
    format === 'json'
      ? Buffer.from(`${content.slice(0, -1)},"timings":${JSON.stringify(timings)},"requestId":"`)
      : messagePackHead({ ...lasting, timings, requestId: '' });
  const answer: Answer = {
    format,
    head,
    etag: `"${createHash('sha256').update(format).update(content).digest('base64url').slice(0, ETAG_CHARS)}"`,
    generation: result.generation,
    facts: {
      rerank: result.reranked ? 'done' : rerank ? 'dropped' : 'none',
      degraded: result.degraded,
      empty: result.total === 0,
      variants: result.variants,
    },
  };
  shown.set(answer, seenIn(result));
  return answer;
}

/** All of a value but the request id that comes last in it, which is empty. */
export const headOf = (value: object, format: Format): Buffer =>
  format === 'json' ? Buffer.from(JSON.stringify(value).slice(0, -JSON_END.length)) : messagePackHead(value);

/** An empty text, which comes last, is one byte: its place is taken by the request id. */
function messagePackHead(value: object): Buffer {
  const bytes = encode(value, 'msgpack') as Uint8Array;
  return Buffer.from(bytes.subarray(0, -1));
}

/** @param requestId of at most 255 ASCII characters that JSON needs not escape, as `requestIdOf` makes them */
export function bytesOf(answer: Answer, requestId: string): Buffer {
  const { head } = answer;
  const bytes = Buffer.allocUnsafe(head.length + endBytes(answer.format, requestId.length));
  bytes.set(head);
  writeEnd(bytes, answer, requestId);
  return bytes;
}

/** Bytes of an answer from one buffer that is used over and over. */
export class LentBytes {
  #answer: Unaddressed | null = null;
  #whole = Buffer.allocUnsafe(0);
  #view = this.#whole;

  /** As {@link bytesOf}; valid until the next call. */
  of(answer: Unaddressed, requestId: string): Buffer {
    const length = answer.head.length + endBytes(answer.format, requestId.length);
    if (length > this.#whole.length) this.#whole = Buffer.allocUnsafeSlow(2 * length);
    if (this.#view.length !== length || this.#answer !== answer) {
      this.#view = this.#whole.subarray(0, length);
      this.#view.set(answer.head);
      this.#answer = answer;
    }
    writeEnd(this.#view, answer, requestId);
    return this.#view;
  }
}

const endBytes = (format: Format, idLength: number): number =>
  format === 'json' ? idLength + JSON_END.length : idLength + (idLength <= FIXSTR_MAX ? 1 : 2);

function writeEnd(bytes: Buffer, { head, format }: Unaddressed, requestId: string): void {
  const { length } = requestId;
  let at = head.length;
  if (format === 'msgpack') {
    if (length > FIXSTR_MAX) bytes[at++] = STR_8;
    bytes[at++] = length <= FIXSTR_MAX ? FIXSTR | length : length;
  }
  for (let char = 0; char < length; char++) bytes[at++] = requestId.charCodeAt(char);
  if (format === 'json') {
    bytes[at] = JSON_END[0]!;
    bytes[at + 1] = JSON_END[1]!;
  }
}

/** Whether `If-None-Match` (RFC 9110, 13.1.2) names the tag; weak and strong compare alike there. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch === '') return false;
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
