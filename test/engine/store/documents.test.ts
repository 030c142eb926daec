import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DocumentReader,
  encodePassage,
  encodePost,
  type PassageRecord,
  type PostRecord,
  RecordWriter,
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
const site = fc.array(fc.record({ post, passages: fc.array(passage, { minLength: 1, maxLength: 8 }) }), {
  maxLength: 12,
});

describe('documents', () => {
  it('come back as they were written, in any order, whatever is remembered', () => {
    fc.assert(
      fc.property(site, fc.constantFrom(0, 10_000, 2 ** 20), (posts, cacheBytes) => {
        const path = join(freshFolder(), 'documents.bin');
        const writer = new RecordWriter(path);
        const firstPassage = [0];
        const postOf: number[] = [];
        for (const [at, entry] of posts.entries()) {
          writer.add(encodePost(entry.post));
          for (const one of entry.passages) {
            writer.add(encodePassage(one));
            postOf.push(at);
          }
          firstPassage.push(postOf.length);
        }
        const documents = writer.finish();
        writer.close();
        const places = {
          documents,
          firstPassage: Uint32Array.from(firstPassage),
          postOf: Uint32Array.from(postOf),
        };
        const reader = new DocumentReader(path, places, cacheBytes);
        const all = posts.flatMap(({ passages }) => passages);
        for (const id of [...all.keys()].reverse()) {
          expect(reader.passage(id)).toEqual(all[id]);
          expect(reader.post(postOf[id]!)).toEqual(posts[postOf[id]!]!.post);
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
  ] as const)('of %i bytes come back of any passage', (width: TokenWidth, most) => {
    const lists = fc.array(fc.array(fc.integer({ min: 0, max: most }), { maxLength: 400 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(lists, (passages) => {
        const path = join(freshFolder(), 'tokens.bin');
        const writer = new RecordWriter(path);
        for (const ids of passages) writer.add(tokenBytes(Int32Array.from(ids), width));
        const reader = new TokenReader(path, writer.finish(), width);
        writer.close();
        for (const [id, ids] of [...passages.entries()].reverse()) expect([...reader.read(id)]).toEqual(ids);
        reader.close();
      }),
    );
  });
});
