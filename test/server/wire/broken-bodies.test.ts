import fc from 'fast-check';
import { pack, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../../server/wire/index.ts';
import { checkMessagePack } from '../../../server/wire/messagepack-check.ts';
import { runs } from '../../support/runs.ts';
import { requestBody } from './arbitrary-request.ts';

const DEPTH_MAX = 16;
const SAMPLE = {
  q: 'Wie schnell ist „Redis“? 日本語 🔒',
  topk: 7,
  min_score: -1.5,
  facets: ['tag', 'category'],
  filters: { category: ['Performance', 'Hosting'], date_from: '2024-01-01' },
};

/** Decodes and demands: a value, or a sentence with a position that lies within the body. */
function readOrPosition(body: Uint8Array, format: 'json' | 'msgpack'): boolean {
  const decoded = decode(body, format, DEPTH_MAX);
  if (decoded.ok) return true;
  if (format === 'json' && decoded.detail.endsWith('the body is not UTF-8')) return false;
  const position = /position (\d+)/.exec(decoded.detail);
  expect(position, decoded.detail).not.toBeNull();
  expect(Number(position![1])).toBeLessThanOrEqual(body.length);
  return false;
}

describe('a body that breaks off', () => {
  it.each(['json', 'msgpack'] as const)('%s: is refused with a position at every cut', (format) => {
    const whole = Buffer.from(encode(SAMPLE, format) as Uint8Array);
    expect(readOrPosition(whole, format)).toBe(true);
    for (let end = 0; end < whole.length; end++) {
      expect(readOrPosition(whole.subarray(0, end), format), `cut at ${end}`).toBe(false);
    }
  });

  it.each(['json', 'msgpack'] as const)('%s: is refused where something follows', (format) => {
    const whole = Buffer.from(encode(SAMPLE, format) as Uint8Array);
    expect(readOrPosition(Buffer.concat([whole, Buffer.from('x')]), format)).toBe(false);
    expect(readOrPosition(Buffer.concat([whole, whole]), format)).toBe(false);
  });
});

const mutation = fc.array(
  fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat') }),
  { minLength: 1, maxLength: 8 },
);
type Mutations = { at: number; byte: number; how: string }[];

function mutated(bytes: Uint8Array, mutations: Mutations): Buffer {
  const out = [...bytes];
  for (const { at: raw, byte, how } of mutations) {
    const at = raw % (out.length + 1);
    if (how === 'insert') out.splice(at, 0, byte);
    else if (how === 'remove') out.splice(at, 1 + (byte % 4));
    else if (how === 'repeat') out.splice(at, 0, ...out.slice(at, at + byte));
    else if (at < out.length) out[at] = how === 'set' ? byte : out[at]! ^ (1 << (byte % 8));
  }
  return Buffer.from(out);
}

describe('mutated bytes', () => {
  it.each(['json', 'msgpack'] as const)('%s: a value or a position, never a throw', (format) => {
    fc.assert(
      fc.property(requestBody, mutation, (body, mutations) => {
        readOrPosition(mutated(Buffer.from(encode(body, format) as Uint8Array), mutations), format);
      }),
      runs(500),
    );
  });

  it.each(['json', 'msgpack'] as const)('%s: the same of bytes from nowhere', (format) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readOrPosition(bytes, format);
      }),
      runs(500),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('the MessagePack walk', () => {
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

  it('passes everything that the library writes', () => {
    fc.assert(
      fc.property(
        fc.anything({
          maxDepth: 4,
          values: [
            fc.string({ unit: 'binary' }),
            fc.double(),
            fc.integer(),
            fc.boolean(),
            fc.constant(null),
            fc.uint8Array(),
          ],
          withNullPrototype: false,
        }),
        (value) => {
          const bytes = pack(value);
          expect(checkMessagePack(bytes, DEPTH_MAX)).toBeNull();
          expect(() => unpackr.unpack(bytes)).not.toThrow();
        },
      ),
      runs(200),
    );
  });

  it.each([
    ['float 32', [0xca, 0, 0, 0, 0]],
    ['float 64', [0xcb, ...new Array<number>(8).fill(0)]],
    ['uint 8', [0xcc, 1]],
    ['uint 16', [0xcd, 0, 1]],
    ['uint 32', [0xce, 0, 0, 0, 1]],
    ['uint 64', [0xcf, ...new Array<number>(8).fill(255)]],
    ['int 8', [0xd0, 1]],
    ['int 16', [0xd1, 0, 1]],
    ['int 32', [0xd2, 0, 0, 0, 1]],
    ['int 64', [0xd3, ...new Array<number>(8).fill(1)]],
    ['bin 8', [0xc4, 2, 1, 1]],
    ['bin 16', [0xc5, 0, 1, 1]],
    ['bin 32', [0xc6, 0, 0, 0, 1, 1]],
    ['str 8', [0xd9, 1, 0x61]],
    ['str 16', [0xda, 0, 1, 0x61]],
    ['str 32', [0xdb, 0, 0, 0, 1, 0x61]],
    ['array 16', [0xdc, 0, 2, 1, 1]],
    ['array 32', [0xdd, 0, 0, 0, 1, 1]],
    ['map 16', [0xde, 0, 1, 0xa1, 0x61, 1]],
    ['map 32', [0xdf, 0, 0, 0, 1, 0xa1, 0x61, 1]],
    ['negative fixint', [0xe0]],
    ['nil', [0xc0]],
    ['true', [0xc3]],
  ])('knows %s, and every cut of it', (_, bytes) => {
    expect(checkMessagePack(Uint8Array.from(bytes), DEPTH_MAX)).toBeNull();
    expect(decode(Uint8Array.from(bytes), 'msgpack', DEPTH_MAX).ok).toBe(true);
    for (let end = 0; end < bytes.length; end++)
      expect(checkMessagePack(Uint8Array.from(bytes.slice(0, end)), DEPTH_MAX)).not.toBeNull();
  });

  it.each([0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])(
    'refuses type byte %i, with or without data',
    (type) => {
      expect(checkMessagePack(Uint8Array.of(type), DEPTH_MAX)).toMatchObject({ position: 0 });
      expect(checkMessagePack(Uint8Array.from([type, ...new Array<number>(20).fill(0)]), DEPTH_MAX)).toMatchObject({
        position: 0,
      });
    },
  );

  it.each([
    ['a list', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['a text', [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['bytes', [0xc6, 0xff, 0xff, 0xff, 0xff]],
  ])('refuses %s of four thousand million before anything is built', (_, bytes) => {
    expect(checkMessagePack(Uint8Array.from(bytes), DEPTH_MAX)).not.toBeNull();
  });
});
