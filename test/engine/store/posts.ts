/** Random posts and their columns, as a build would write them. */
import fc from 'fast-check';
import type { PostRecord, RecordDirectory } from '../../../engine/store/index.ts';
import { type Columns, ColumnWriter, encodeSections, openColumns, openSections } from '../../../engine/store/index.ts';

export interface PostWithPassages extends PostRecord {
  /** Passages it has, 1 or more. */
  readonly passages: number;
}

/** Spellings that fold to the same, and some that do not. */
export const NAMES = [
  'News',
  'news',
  'ＮＥＷＳ',
  'Straße',
  'STRASSE',
  'how-to',
  'How-To',
  '日本語',
  'ﬁle',
  'file',
  'é',
  'É',
];
export const DAY_MS = 86_400_000;

const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 });

export const postLists: fc.Arbitrary<PostWithPassages[]> = fc
  .array(
    fc.record({
      dateMs: fc.option(fc.integer({ min: -5, max: 5 }).map((day) => day * DAY_MS)),
      author: fc.option(fc.constantFrom('Ada', 'ada', 'Grace')),
      categories: names,
      tags: names,
      type: fc.constantFrom('post', 'page', 'Page'),
      lang: fc.option(fc.constantFrom('en', 'de', 'en-US')),
      passages: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 25 },
  )
  .map((posts) => posts.map((post, at) => ({ ...post, id: `p${at}`, title: `Post ${at}`, url: `/${at}/` })));

export const DIRECTORY: RecordDirectory = {
  at: Float64Array.of(16, 2 ** 40),
  first: Uint32Array.of(0, 7),
  inflated: Uint32Array.of(4096),
  crc: Uint32Array.of(0xffff_ffff),
};

/** Through the bytes of `posts.bin`, so that what is tested is what is read. */
export function columnsOf(posts: readonly PostWithPassages[]): Columns {
  const writer = new ColumnWriter();
  for (const [at, post] of posts.entries()) writer.post(post, post.passages, { version: at * 3, live: at % 2 === 1 });
  const bytes = encodeSections(writer.finish({ documents: DIRECTORY, tokens: DIRECTORY, originals: DIRECTORY }));
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return openColumns(openSections(shared, 'posts.bin'));
}
