import fc from 'fast-check';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decode, encode, formatOfAnswer, formatOfBody, validateSearch } from '../../../server/wire/index.ts';
import { requestBody, schema } from './arbitrary-request.ts';

const DEPTH_MAX = 16;
const read = (body: string | Uint8Array, format: 'json' | 'msgpack'): unknown => {
  const decoded = decode(Buffer.from(body), format, DEPTH_MAX);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value;
};
const detailOf = (body: string | Uint8Array, format: 'json' | 'msgpack', depthMax = DEPTH_MAX): string => {
  const decoded = decode(Buffer.from(body), format, depthMax);
  if (decoded.ok) throw new Error(`Accepted: ${JSON.stringify(decoded.value)}`);
  return decoded.detail;
};

describe('JSON and MessagePack', () => {
  it('decode to the same request', () => {
    fc.assert(
      fc.property(requestBody, (body) => {
        const fromJson = read(JSON.stringify(body), 'json');
        const fromMessagePack = read(pack(body), 'msgpack');
        expect(fromMessagePack).toEqual(fromJson);
        expect(validateSearch(schema, fromMessagePack, 5)).toEqual(validateSearch(schema, fromJson, 5));
      }),
      { numRuns: 300 },
    );
  });

  it('give back any plain value that is encoded', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(read(encode(plain, 'json'), 'json')).toEqual(plain);
        expect(read(encode(plain, 'msgpack'), 'msgpack')).toEqual(withSafeKeys(plain));
      }),
      { numRuns: 300 },
    );
  });
});

/** MessagePack's library moves the one key that could reach a prototype aside. */
function withSafeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSafeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key === '__proto__' ? '__proto_' : key, withSafeKeys(inner)]),
  );
}

describe('depth', () => {
  const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

  it.each([2, 16, 64])('is limited to exactly %i levels in JSON', (depthMax) => {
    expect(decode(Buffer.from(nested(depthMax, '[', ']')), 'json', depthMax).ok).toBe(true);
    expect(detailOf(nested(depthMax + 1, '[', ']'), 'json', depthMax)).toBe(
      `Cannot read JSON: nested deeper than ${depthMax}: at position ${depthMax}`,
    );
    expect(detailOf('{"a":'.repeat(depthMax + 1), 'json', depthMax)).toContain(`position ${depthMax * 5}`);
  });

  it.each([2, 16, 64])('is limited to exactly %i levels in MessagePack', (depthMax) => {
    const arrays = (depth: number) => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])]);
    expect(decode(arrays(depthMax), 'msgpack', depthMax).ok).toBe(true);
    expect(detailOf(arrays(depthMax + 1), 'msgpack', depthMax)).toContain(`nested deeper than ${depthMax}`);
  });

  it('a megabyte of brackets is refused, not followed', () => {
    expect(detailOf('['.repeat(2 ** 20), 'json')).toContain('nested deeper');
    expect(detailOf(Buffer.alloc(2 ** 20, 0x91), 'msgpack')).toContain('nested deeper');
  });

  it('brackets inside texts do not count', () => {
    const text = `{"q":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`;
    expect(read(text, 'json')).toEqual({ q: `${'['.repeat(100)}"${'{'.repeat(100)}` });
  });
});

describe('the type of a body', () => {
  it.each([
    [undefined, 'json'],
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/vnd.api+json', 'json'],
    ['application/msgpack', 'msgpack'],
    ['application/x-msgpack', 'msgpack'],
    ['application/vnd.msgpack ; v=1', 'msgpack'],
    ['application/x-www-form-urlencoded', null],
    ['text/plain', null],
    ['application/jsonp', null],
    ['multipart/form-data; boundary=x', null],
    [';', null],
  ])('%s is read as %s', (header, format) => {
    expect(formatOfBody(header)).toBe(format);
  });
});

describe('the format of an answer', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/problem+json', 'json'],
    ['application/msgpack', 'msgpack'],
    ['APPLICATION/MSGPACK', 'msgpack'],
    ['application/x-msgpack', 'msgpack'],
    ['text/html, application/msgpack;q=0.1', 'msgpack'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['application/msgpack, application/json', 'json'],
    ['application/msgpack, application/json;q=0.9', 'msgpack'],
    ['application/msgpack;q=0.4, application/json;q=0.5', 'json'],
    ['application/json;q=0.5 , application/msgpack ; q=0.6', 'msgpack'],
    ['application/json;q=0, */*', 'msgpack'],
    ['application/json;q=0, application/*;q=0.2', 'msgpack'],
    ['application/msgpack;q=0, */*;q=0.1', 'json'],
    ['application/json;q=0', null],
    ['*/*;q=0', null],
    ['application/json;q=much', null],
    ['application/json;q=2', null],
    ['text/html', null],
    ['image/*', null],
    [',,;', null],
  ])('Accept: %s → %s', (header, format) => {
    expect(formatOfAnswer(header)).toBe(format);
  });
});
