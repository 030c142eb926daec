/** Changes as bytes: what is written is what is read, and other bytes are refused with a code. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type ChangeRecord,
  decodeRecord,
  encodeChange,
  encodeKeys,
  type KeysRecord,
} from '../../../engine/changes/record.ts';
import { EngineError } from '../../../engine/errors.ts';
import { runs } from '../../support/runs.ts';

const effect = fc.constantFrom('created' as const, 'updated' as const, 'deleted' as const);
const digest = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const wallMs = fc.double({ noNaN: true });
const change: fc.Arbitrary<ChangeRecord> = fc.record({
  kind: fc.constant('change' as const),
  effect,
  wallMs,
  key: fc.option(fc.record({ name, digest })),
  id: name,
  document: fc.option(fc.uint8Array({ maxLength: 200 })),
});
const keys: fc.Arbitrary<KeysRecord> = fc.record({
  kind: fc.constant('keys' as const),
  keys: fc.array(fc.record({ name, digest, effect, version: fc.nat(), wallMs: fc.nat() })),
});

const encode = (record: ChangeRecord | KeysRecord): Buffer =>
  record.kind === 'keys' ? encodeKeys(record.keys) : encodeChange(record);

it('any change and any keys are read as they were written', () => {
  fc.assert(
    fc.property(fc.oneof(change, keys), (record) => {
      expect(decodeRecord(encode(record))).toEqual(record);
    }),
    runs(200),
  );
});

it('any other bytes are a change, keys or an error with a code', () => {
  const bent = fc
    .tuple(fc.oneof(change, keys).map(encode), fc.nat(), fc.nat({ max: 255 }), fc.boolean())
    .map(([bytes, at, value, cut]) => {
      if (cut) return bytes.subarray(0, at % (bytes.length + 1));
      bytes[at % bytes.length] = value;
      return bytes;
    });
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(bent, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        expect(['change', 'keys']).toContain(decodeRecord(bytes).kind);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
        expect((error as EngineError).code).toBe('index_foreign');
        refused += 1;
      }
    }),
    runs(500),
  );
  expect(refused).toBeGreaterThan(100);
});
