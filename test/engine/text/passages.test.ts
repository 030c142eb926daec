import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import {
  type Block,
  htmlToBlocks,
  openModelTokenizer,
  PASSAGE_TOKENS_MAX,
  passageContext,
  splitPassages,
  textToBlocks,
} from '../../../engine/text/index.ts';
import { splitSentences } from '../../../engine/text/sentences.ts';
import { windowedSegments } from '../../../engine/text/windowed-segments.ts';
import { runs } from '../../support/runs.ts';

const tokenizer = openModelTokenizer(join(packageRoot, 'data/models/all-minilm-l6-v2'), { tokensMax: 256 });
const split = (html: string) => splitPassages({ title: 'T', blocks: htmlToBlocks(html), lang: 'en' }, tokenizer);
/** About `count` model tokens of prose in sentences of ten. */
const prose = (count: number): string => 'We wrote one more line of some nine words. '.repeat(count / 10);
const words = (text: string): string[] => text.match(/\S+/g) ?? [];

describe('sentences', () => {
  it('do not end after abbreviations and initials', () => {
    for (const [language, text, count] of [
      ['en', 'Dr. Smith met J. Doe at No. 5. They spoke.', 2],
      ['en', 'See Fig. 2 and e.g. Table 3. Then stop! Really?', 3],
      ['de', 'Das gilt z. B. für Nr. 7 bzw. Abs. 2. Danach nicht.', 2],
      ['ja', '梅雨は雨の多い期間のこと。雨季の一種である。', 2],
      ['es', '¿Qué es esto? El Sr. López lo sabe.', 2],
    ] as const) {
      expect(splitSentences(text, language), text).toHaveLength(count);
    }
  });

  it('joined give the text again, in any language', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3000 }),
        fc.constantFrom('en', 'ja', 'xx', '??'),
        (text, language) => {
          expect(splitSentences(text, language).join('')).toBe(text);
        },
      ),
    );
  });

  it('show the segmenter every character no more than twice, however long the text', () => {
    const real = new Intl.Segmenter('en', { granularity: 'sentence' });
    for (const sentences of [1000, 10_000]) {
      let shown = 0;
      const counting = {
        resolvedOptions: () => real.resolvedOptions(),
        segment(text: string) {
          shown += text.length;
          return real.segment(text);
        },
      };
      const text = 'A sentence of some words. '.repeat(sentences);
      expect([...windowedSegments(text, counting)]).toHaveLength(sentences);
      expect(shown).toBeLessThan(2 * text.length);
    }
  });
});

describe('passages', () => {
  it('are of about the target size, even the last', () => {
    const sizes = split(`<p>${prose(1000)}</p>`).map(({ text }) => tokenizer.count(text));
    expect(sizes).toHaveLength(5);
    for (const size of sizes) expect(Math.abs(size - 200)).toBeLessThanOrEqual(20);
  });

  it('end where a major heading begins, and tell which headings they stand under', () => {
    const passages = split(
      `<p>${prose(100)}</p><h2>A</h2><p>${prose(100)}</p><h3>B</h3><p>${prose(150)}</p><h2>C</h2><p>${prose(100)}</p>`,
    );
    expect(passages.map(({ headingPath }) => headingPath)).toEqual([[], ['A'], ['A', 'B'], ['C']]);
    expect(passages.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
  });

  it('take short neighbours in, with their headings in the text', () => {
    const [passage, ...others] = split('<h2>A</h2><p>One.</p><h3>B</h3><p>Two.</p><h2>C</h2><p>Three.</p>');
    expect(others).toEqual([]);
    expect(passage).toEqual({ text: 'A\nOne.\nB\nTwo.\nC\nThree.', headingPath: [], ordinal: 0 });
  });

  it('keep a heading that has no text of its own', () => {
    expect(
      split(`<h2>Lonely</h2><h2>B</h2><p>${prose(200)}</p>`)
        .map(({ text }) => text)
        .join(' '),
    ).toContain('Lonely');
  });

  it('keep a heading that stands alone between long sections', () => {
    const long = `<p>${prose(400)}</p>`;
    const between = split(`${long}<h2>Lonely</h2><h2>B</h2>${long}`);
    expect(between.filter(({ text }) => text === 'Lonely')).toEqual([{ text: 'Lonely', headingPath: [], ordinal: 2 }]);
    expect(split(`<h2>A</h2>${long}<h3>Lonely</h3>`).at(-1)).toEqual({
      text: 'Lonely',
      headingPath: ['A'],
      ordinal: 2,
    });
    const parent = split(`${long}<h2>Parent</h2><h3>B</h3>${long}`);
    expect(parent.map(({ text }) => text)).not.toContain('Parent');
    expect(parent.at(-1)!.headingPath).toEqual(['Parent', 'B']);
  });

  it('cut a heading to 512 units, part no surrogate pair and keep its words in the text', () => {
    const words = 'long '.repeat(102);
    const [passage] = split(`<h2>${words}x😀end</h2><p>${prose(100)}</p>`);
    expect(passage!.headingPath).toEqual([`${words}x`]);
    expect(passage!.text).toContain('😀end');
  });

  it('are one and empty for a post without text', () => {
    for (const html of ['', ' <p></p>', '[gallery]', '<script>x</script>']) {
      expect(split(html)).toEqual([{ text: '', headingPath: [], ordinal: 0 }]);
    }
  });

  it('keep the lines of code', () => {
    expect(split('<pre>a {\n  b;\n}</pre>').map(({ text }) => text)).toEqual(['a {\n  b;\n}']);
  });

  const sentence = fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 60 })
    .map((list) => list.join(' '));
  const block: fc.Arbitrary<Block> = fc
    .record({
      kind: fc.constantFrom<Block['kind']>('heading', 'paragraph', 'item', 'row', 'code', 'quote'),
      level: fc.integer({ min: 1, max: 6 }),
      text: fc.oneof(
        sentence,
        fc.constantFrom('x'.repeat(3000), '漢'.repeat(700), 'word '.repeat(900), 'line\n'.repeat(300)),
      ),
    })
    .filter(({ text }) => text.trim() !== '');

  it('never exceed the limit, lose no word and keep the order, for any blocks, with a tokenizer or without', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), fc.boolean(), (blocks, counted) => {
        const passages = splitPassages({ title: 'T', blocks, lang: 'en' }, counted ? tokenizer : null);
        const body = blocks.filter(({ kind }) => kind !== 'heading').map(({ text }) => text);
        const found = passages.map(({ text }) => text);
        if (counted) for (const text of found) expect(tokenizer.count(text)).toBeLessThanOrEqual(PASSAGE_TOKENS_MAX);
        const inOrder = found.join('').replace(/\s+/g, '');
        let from = 0;
        for (const text of body) {
          for (const word of words(text)) {
            const at = inOrder.indexOf(word, from);
            expect(at).toBeGreaterThanOrEqual(0);
            from = at + word.length;
          }
        }
      }),
      runs(20),
    );
  });

  it('count every character a bounded number of times, however long the post', () => {
    for (const [lang, text] of [
      ['en', prose(100_000)],
      ['en', 'word '.repeat(60_000)],
      ['ja', '東京都の人口は多い。'.repeat(20_000)],
      ['en', 'x'.repeat(300_000)],
    ] as const) {
      let counted = 0;
      const counting = {
        count(part: string) {
          counted += part.length;
          return tokenizer.count(part);
        },
      };
      splitPassages({ title: 'T', blocks: textToBlocks(text), lang }, counting);
      expect(counted).toBeLessThan(8 * text.length);
    }
  });
});

describe('the context of a passage', () => {
  it('is the title and the headings, one a line', () => {
    expect(passageContext({ title: 'Caching', headingPath: ['Keys', 'Cookies'] }, tokenizer)).toBe(
      'Caching\nKeys\nCookies',
    );
    expect(passageContext({ title: '', headingPath: [] }, tokenizer)).toBe('');
  });

  it('gives up the outer headings first', () => {
    const headingPath = [prose(30), 'Inner'];
    expect(passageContext({ title: 'Title', headingPath }, tokenizer, 10)).toBe('Title\nInner');
  });

  it('leaves room for the largest passage in what the model takes', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constant(prose(300)),
      fc.constant('漢'.repeat(90)),
    );
    fc.assert(
      fc.property(line, fc.array(line, { maxLength: 4 }), (title, headingPath) => {
        const context = passageContext({ title, headingPath }, tokenizer);
        expect(tokenizer.count(context) + PASSAGE_TOKENS_MAX + 2).toBeLessThanOrEqual(256);
      }),
    );
  });
});
