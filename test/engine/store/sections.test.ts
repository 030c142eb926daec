import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { encodeSections, loadSections, openSections } from '../../../engine/store/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();

const column = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint16Array({ maxLength: 200 }),
  fc.uint32Array({ maxLength: 200 }),
  fc.float64Array({ maxLength: 200 }),
);
const sections = fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z.]{0,30}$/), column, { maxKeys: 20 });

function throughFile(bytes: Uint8Array): ReturnType<typeof openSections> {
  const path = join(freshFolder(), 'posts.bin');
  writeFileSync(path, bytes);
  return openSections(loadSections(path), path);
}

const plain = (columns: Readonly<Record<string, ArrayLike<number> & Iterable<number>>>) =>
  Object.entries(columns).map(([name, values]) => [name, values.constructor.name, [...values]]);

describe('a file of columns', () => {
  it('gives back names, types, order and every number', () => {
    fc.assert(
      fc.property(sections, (columns) => {
        expect(plain(throughFile(encodeSections(columns)))).toEqual(plain(columns));
      }),
    );
  });

  it('takes views into larger buffers as what they show', () => {
    const whole = Uint32Array.from({ length: 10 }, (_, at) => at * 1e8);
    expect([...throughFile(encodeSections({ part: whole.subarray(3, 5) }))['part']!]).toEqual([3e8, 4e8]);
  });

  it('starts each column on a cache line, in memory that threads can share', () => {
    const columns = throughFile(encodeSections({ a: Uint8Array.of(1), b: new Float64Array(3), c: Uint16Array.of(7) }));
    for (const { byteOffset, buffer } of Object.values(columns)) {
      expect(byteOffset % 64).toBe(0);
      expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  it('is refused when it is too short, of another kind or of another format', () => {
    const bytes = encodeSections({ a: Uint8Array.of(1, 2, 3) });
    const changes: ((copy: Uint8Array) => Uint8Array)[] = [
      () => new Uint8Array(0),
      (copy) => copy.subarray(0, 11),
      (copy) => copy.with(0, 0),
      (copy) => copy.with(4, 2),
    ];
    for (const change of changes) {
      expect(() => throughFile(change(bytes))).toThrow(EngineError);
      expect(() => throughFile(change(bytes))).toThrow(/^Cannot read columns: expected .*posts\.bin$/);
    }
  });
});
