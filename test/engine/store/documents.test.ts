import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DocumentReader,
  encodePassage,
  encodePost,
  type PassageRecord,
  type PostRecord,
  TokenReader,
  type TokenWidth,
  tokenBytes,
} from '../../../engine/store/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();

const text = fc.string({ unit: 'binary', maxLength: 300 });
const texts = fc.array(text, { maxLength: 5 });
const post: fc.Arbitrary<PostRecord> = fc.record({
  id: text,
  title: text,
  url: text,
  dateMs: fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 })),
  author: fc.option(text),
  categories: texts,
  tags: texts,
  type: text,
  lang: fc.option(text),
});
const passage: fc.Arbitrary<PassageRecord> = fc.record({ text, headingPath: texts });

describe('documents', () => {
  it('come back as they were written, in any order', () => {
    const records = fc.array(fc.oneof(post, passage), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(records, (list) => {
        const places: { record: PostRecord | PassageRecord; from: number; to: number }[] = [];
        const parts: Uint8Array[] = [];
        let at = 0;
        for (const record of list) {
          const bytes = 'id' in record ? encodePost(record) : encodePassage(record);
          places.push({ record, from: at, to: at + bytes.length });
          parts.push(bytes);
          at += bytes.length;
        }
        const path = join(freshFolder(), 'documents.bin');
        writeFileSync(path, Buffer.concat(parts));
        const reader = new DocumentReader(path);
        for (const { record, from, to } of [...places.reverse(), ...places]) {
          expect('id' in record ? reader.post(from, to) : reader.passage(from, to)).toEqual(record);
        }
        reader.close();
      }),
    );
  });
});

describe('tokens', () => {
  it.each([
    [2, 65_535],
    [4, 2 ** 31 - 1],
  ] as const)('of %i bytes come back from any range', (width: TokenWidth, most) => {
    const lists = fc.array(fc.array(fc.integer({ min: 0, max: most }), { maxLength: 50 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(lists, (passages) => {
        const path = join(freshFolder(), 'tokens.bin');
        const parts = passages.map((ids) => tokenBytes(Int32Array.from(ids), width));
        expect(parts.map(({ length }) => length)).toEqual(passages.map(({ length }) => length * width));
        writeFileSync(path, Buffer.concat(parts));
        const reader = new TokenReader(path, width);
        let at = 0;
        for (const ids of passages) {
          expect([...reader.read(at, at + ids.length)]).toEqual(ids);
          at += ids.length;
        }
        reader.close();
      }),
    );
  });
});
