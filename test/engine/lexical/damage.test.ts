import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { LexicalWriter, loadLexical } from '../../../engine/lexical/index.ts';
import { runs } from '../../support/runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexical-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (() => {
  const writer = new LexicalWriter({ k1: 1.2, b: 0.75 });
  for (const line of ['a b c', '', 'a a d', 'e']) writer.add(line === '' ? [] : line.split(' '));
  return writer.finish();
})();

function refusal(bytes: Uint8Array): EngineError {
  const path = join(folder, 'lexical.bin');
  writeFileSync(path, bytes);
  try {
    loadLexical(path, { workersMax: 1 });
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('a damaged file was accepted');
}

test('a written file is the one that was composed, and loads', () => {
  const path = join(folder, 'whole.bin');
  file.write(path);
  expect(loadLexical(path, { workersMax: 2 }).workersMax).toBe(2);
  expect(file).toMatchObject({ terms: 5, postings: 6 });
});

test('a file with any one bit flipped is refused by name, never opened', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: file.bytes.length * 8 - 1 }), (bit) => {
      const bytes = file.bytes.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { code, place, message } = refusal(bytes);
      expect(code).toBe(bit < 12 * 8 ? 'index_foreign' : 'index_damaged');
      expect(place).toMatchObject({
        file: join(folder, 'lexical.bin'),
        remedy: expect.stringContaining('wp-chat index'),
      });
      expect(message).toMatch(/^Cannot open index: .*lexical\.bin$/);
    }),
    runs(150),
  );
});

test('a truncated or lengthened file is refused, whatever its length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: file.bytes.length + 500 }), (length) => {
      fc.pre(length !== file.bytes.length);
      const bytes = new Uint8Array(length);
      bytes.set(file.bytes.subarray(0, length));
      expect(refusal(bytes).code).toBe('index_damaged');
    }),
  );
});

test('bytes of anything are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      expect(() => loadLexical(bytes, { workersMax: 1 })).toThrow(EngineError);
    }),
  );
});

test('a file of a newer format names both versions', () => {
  const bytes = file.bytes.slice();
  bytes[8] = 9;
  const { code, place } = refusal(bytes);
  expect({ code, ...place }).toMatchObject({ code: 'index_foreign', field: 'version', expected: '1', value: 9 });
});

test('a missing file is called missing', () => {
  const path = join(folder, 'nowhere', 'lexical.bin');
  expect(() => loadLexical(path, { workersMax: 1 })).toThrow(expect.objectContaining({ code: 'index_missing' }));
});
