/** JSON and MessagePack, both ways: which one a request speaks, and which it wants to hear. */
import { Packr, Unpackr } from 'msgpackr';
import { checkJson } from './json-check.ts';
import { checkMessagePack } from './messagepack-check.ts';

export type Format = 'json' | 'msgpack';

const MSGPACK_TYPES = new Set(['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack']);
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  msgpack: 'application/msgpack',
};

const mediaType = (header: string): string => header.split(';', 1)[0]!.trim().toLowerCase();

/** The format of a body; null for one that is not spoken here. A body without a type is taken as JSON. */
export function formatOfBody(contentType: string | undefined): Format | null {
  if (contentType === undefined) return 'json';
  const type = mediaType(contentType);
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  return MSGPACK_TYPES.has(type) ? 'msgpack' : null;
}

/**
 * The format of the answer: the one that Accept (RFC 9110, 12.5.1) gives more weight, JSON among equals; null where it takes
 * neither. The most specific range that matches a format decides its weight.
 */
export function formatOfAnswer(accept: string | undefined): Format | null {
  if (accept === undefined) return 'json';
  const ranges = accept.split(',').map(mediaRange);
  const json = weightOf(ranges, (type) => type === 'application/json' || type === 'application/problem+json');
  const msgpack = weightOf(ranges, (type) => MSGPACK_TYPES.has(type));
  if (json === 0 && msgpack === 0) return null;
  return json >= msgpack ? 'json' : 'msgpack';
}

interface MediaRange {
  readonly type: string;
  /** 0 … 1; 0 refuses. */
  readonly weight: number;
}

function mediaRange(text: string): MediaRange {
  const [type, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
  return { type: type!, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

function weightOf(ranges: readonly MediaRange[], names: (type: string) => boolean): number {
  const matching = [names, isApplication, isAnything].map((matches) => ranges.filter(({ type }) => matches(type)));
  const mostSpecific = matching.find((list) => list.length > 0) ?? [];
  return Math.max(0, ...mostSpecific.map(({ weight }) => weight));
}

const isApplication = (type: string): boolean => type === 'application/*';
const isAnything = (type: string): boolean => type === '*/*';

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const packr = new Packr({ useRecords: false });

/** Bodies that were read before their handler asked; gone when they are. */
const readAhead = new WeakMap<Uint8Array, Decoded>();

export const decode = (body: Uint8Array, format: Format, depthMax: number): Decoded =>
  readAhead.get(body) ?? read(body, format, depthMax);

/** As {@link decode}, for who has to know before the handler, which is then handed the same value in the same format. */
export function decodeAhead(body: Uint8Array, format: Format, depthMax: number): Decoded {
  const decoded = read(body, format, depthMax);
  readAhead.set(body, decoded);
  return decoded;
}

const read = (body: Uint8Array, format: Format, depthMax: number): Decoded =>
  format === 'json' ? decodeJson(body, depthMax) : decodeMessagePack(body, depthMax);

export const encode = (value: unknown, format: Format): string | Uint8Array =>
  format === 'json' ? JSON.stringify(value) : packr.pack(value);

function decodeJson(body: Uint8Array, depthMax: number): Decoded {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return { ok: false, detail: 'Cannot read JSON: the body is not UTF-8' };
  }
  const fault = checkJson(text, depthMax);
  if (fault !== null) return { ok: false, detail: `Cannot read JSON: ${fault.reason}: at position ${fault.position}` };
  return { ok: true, value: JSON.parse(text) };
}

function decodeMessagePack(body: Uint8Array, depthMax: number): Decoded {
  const fault = checkMessagePack(body, depthMax);
  if (fault !== null)
    return { ok: false, detail: `Cannot read MessagePack: ${fault.reason}: at position ${fault.position}` };
  try {
    return { ok: true, value: unpackr.unpack(body) };
  } catch (error) {
    return { ok: false, detail: `Cannot read MessagePack: ${(error as Error).message}: at position 0` };
  }
}
