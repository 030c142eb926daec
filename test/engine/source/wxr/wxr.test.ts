import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../engine/source/index.ts';
import { type WxrFinding, WxrItemParser } from '../../../../engine/source/wxr/item-parser.ts';
import { collect, knownIds, ofKind, postsOf } from '../events.ts';
import { temporaryFolders } from '../temporary-folder.ts';

const freshFolder = temporaryFolders();
const SMALL = fileURLToPath(new URL('../../../fixtures/source/small.xml', import.meta.url));
const smallXml = readFileSync(SMALL, 'utf8');
const UNIT_TEST = fileURLToPath(
  new URL('../../../../../shared/datasets/wordpress-wxr/WordPress_themeunittestdata.wordpress.xml', import.meta.url),
);
if (!existsSync(UNIT_TEST)) process.stderr.write(`The theme unit test is left out: ${UNIT_TEST} is not there\n`);

function written(content: string | Buffer, name = 'export.xml'): string {
  const file = join(freshFolder(), name);
  writeFileSync(file, content);
  return file;
}

function parse(xml: string, cuts: readonly number[], itemCharsMax = 10_000): WxrFinding[] {
  const parser = new WxrItemParser(itemCharsMax);
  const marks = [0, ...cuts.map((cut) => Math.min(cut, xml.length)).sort((a, b) => a - b), xml.length];
  return [...marks.slice(1).flatMap((end, at) => parser.write(xml.slice(marks[at], end))), ...parser.end()];
}

describe('a WXR source', () => {
  it('reads published posts and pages with names, terms, dates and decoded titles', async () => {
    const events = await collect(openSource(SMALL));
    expect(postsOf(events)).toEqual([
      {
        id: '11',
        title: 'Salt & pepper now',
        html: '<p>One]]> two</p>',
        text: null,
        url: 'https://small.example/salt/',
        dateMs: Date.UTC(2024, 0, 2, 3, 4, 5),
        modifiedMs: Date.UTC(2024, 1, 2, 3, 4, 5),
        author: 'Ann & Co',
        categories: ['R&D'],
        tags: ['hot'],
        type: 'post',
        lang: 'en-GB',
      },
      {
        id: '12',
        title: 'Old style – no date',
        html: 'plain <b>text</b>',
        text: null,
        url: '',
        dateMs: null,
        modifiedMs: null,
        author: 'bob',
        categories: [],
        tags: [],
        type: 'page',
        lang: 'en-GB',
      },
    ]);
  });

  it('counts what it leaves out and rejects an item without an id by its line', async () => {
    const events = await collect(openSource(SMALL));
    expect(ofKind(events, 'notice').map(({ reason, count }) => [reason, count])).toEqual([
      ['Items are left out: status draft', 1],
      ['Items are left out: protected by a password', 1],
      ['Items are left out: type attachment', 1],
      ['Items are left out: type recipe', 1],
    ]);
    expect(ofKind(events, 'rejected')).toMatchObject([
      { place: { file: SMALL, line: 43, field: 'wp:post_id' }, action: 'skipped' },
    ]);
  });

  it('takes custom types by name', async () => {
    const events = await collect(openSource(SMALL, { types: ['recipe'] }));
    expect(postsOf(events)).toMatchObject([{ id: '16', type: 'recipe' }]);
  });

  it('reads gzip, and XML under any name', async () => {
    const expected = postsOf(await collect(openSource(SMALL)));
    expect(postsOf(await collect(openSource(written(gzipSync(smallXml), 'e.xml.gz'))))).toEqual(expected);
    expect(postsOf(await collect(openSource(written(smallXml, 'export.txt'))))).toEqual(expected);
  });
});

describe('a WXR source that is not whole', () => {
  it('keeps the posts before malformed XML, names line and column, and deletes nothing', async () => {
    const lines = smallXml.split('\n');
    lines.splice(31, 0, '\t\t<oops></wrong>');
    const file = written(lines.join('\n'));
    const source = openSource(file);
    const events = await collect(source, knownIds('11', '12', 'gone'));
    expect(postsOf(events).map((post) => post.id)).toEqual(['11']);
    expect(ofKind(events, 'rejected')).toMatchObject([
      {
        action: 'skipped',
        place: { file, line: 32 },
        reason: expect.stringMatching(/line 32, column 16: .*the 1 posts before it are kept/u),
      },
    ]);
    expect(ofKind(events, 'deleted')).toEqual([]);
    expect(source.state()).toBeNull();
  });

  it('keeps the posts of a file that breaks off and deletes nothing', async () => {
    const file = written(smallXml.slice(0, smallXml.indexOf('<title>Old style') + 5));
    const events = await collect(openSource(file), knownIds('gone'));
    expect(postsOf(events).map((post) => post.id)).toEqual(['11']);
    expect(ofKind(events, 'rejected').length).toBe(1);
    expect(ofKind(events, 'deleted')).toEqual([]);
  });

  it('deletes what is known and not in a whole file', async () => {
    const events = await collect(openSource(SMALL), knownIds('11', '13', 'gone'));
    expect(ofKind(events, 'deleted').map((event) => event.id)).toEqual(['13', 'gone']);
  });

  it('bears control characters and HTML entities, which WordPress does write', async () => {
    const file = written(smallXml.replace('One', 'One\u0008\u0000').replace('Old style', 'Old&nbsp;style'));
    const events = await collect(openSource(file));
    expect(postsOf(events).map((post) => [post.title, post.html])).toEqual([
      ['Salt & pepper now', '<p>One  ]]> two</p>'],
      ['Old style – no date', 'plain <b>text</b>'],
    ]);
    expect(ofKind(events, 'rejected')).toMatchObject([{ action: 'repaired', place: { line: 30 } }, {}]);
    expect(ofKind(events, 'notice').at(-1)).toMatchObject({ count: 2 });
  });

  it('reports undefined entities once for each item, with their number', async () => {
    const events = await collect(openSource(written(smallXml.replace('Old style', 'Old&nbsp;style&nbsp;&copy;'))));
    expect(ofKind(events, 'rejected').map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/line 30, column \d+: undefined entity and 2 more up to the end of the item$/u),
      expect.stringContaining('wp:post_id'),
    ]);
  });

  it.each([
    ['text outside an item', `<description>${'x\n'.repeat(600_000)}</description>`, /^at most 1048576 characters/u],
    ['text that never ends', `<description><![CDATA[${'x\n'.repeat(600_000)}`, /^at most 1048576 characters/u],
    ['elements', `<a>`.repeat(300), /^elements at most 256 deep/u],
  ])('refuses endless %s by its line, after the posts before it', async (_name, endless, expected) => {
    const file = written(smallXml.replace('</item>', `</item>\n${endless}`));
    const ids: string[] = [];
    const reading = (async () => {
      for await (const event of openSource(file).events(null, knownIds('gone'))) {
        if (event.kind === 'post') ids.push(event.post.id);
        expect(event.kind).not.toBe('deleted');
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'source_invalid',
      place: { file, line: expect.any(Number), expected: expect.stringMatching(expected) },
    });
    expect(ids).toEqual(['11']);
  });

  it('cuts a title to 512 units', async () => {
    const file = written(smallXml.replace('Old style', 'x'.repeat(600)));
    expect(postsOf(await collect(openSource(file)))[1]!.title).toBe('x'.repeat(512));
  });

  it('refuses XML that is no export, and an export without a post', async () => {
    const feed = written('<?xml version="1.0"?><rss><channel><title>x</title></channel></rss>');
    await expect(collect(openSource(feed))).rejects.toMatchObject({
      code: 'source_invalid',
      place: { field: 'wp:wxr_version' },
    });
    const empty = written('<rss><channel><wp:wxr_version>1.2</wp:wxr_version></channel></rss>');
    await expect(collect(openSource(empty), knownIds('a'))).rejects.toMatchObject({ code: 'source_invalid' });
  });
});

describe.skipIf(!existsSync(UNIT_TEST))('the theme unit test of WordPress', () => {
  it('reads completely', async () => {
    const events = await collect(openSource(UNIT_TEST));
    const raw = readFileSync(UNIT_TEST, 'utf8').split('<item>').slice(1);
    const expected = raw.filter(
      (item) =>
        /<wp:post_type>(?:<!\[CDATA\[)?(?:post|page)\b/u.test(item) &&
        /<wp:status>(?:<!\[CDATA\[)?publish\b/u.test(item) &&
        /<wp:post_password(?:\/>|><!\[CDATA\[\]\]>)/u.test(item),
    );
    expect(expected.length).toBeGreaterThan(60);
    expect(postsOf(events).map((post) => post.id)).toEqual(
      expected.map((item) => /<wp:post_id>(\d+)</u.exec(item)![1]),
    );
    expect(ofKind(events, 'rejected')).toEqual([]);
    expect(postsOf(events).find((post) => post.title.includes('Markup: HTML'))).toMatchObject({
      author: 'Theme Buster',
      categories: ['Classic', 'Markup'],
    });
  });
});

describe('the item parser', () => {
  it('finds the same however the text is cut', () => {
    const whole = parse(smallXml, []);
    fc.assert(
      fc.property(fc.array(fc.nat(smallXml.length), { maxLength: 30 }), (cuts) => {
        expect(parse(smallXml, cuts)).toEqual(whole);
      }),
    );
  });

  it('drops an oversized item alone and keeps counting lines, however the text is cut', () => {
    const item = (id: number, body: string): string =>
      `<item>\n<title>t${id}</title>\n<content:encoded><![CDATA[${body}]]></content:encoded>\n<wp:post_id>${id}</wp:post_id>\n</item>\n`;
    const head = '<rss>\n<channel>\n';
    const xml = `${head}${item(1, 'a')}${item(2, 'b\n'.repeat(400))}${item(3, 'c')}${item(4, '<i>\n'.repeat(300))}${item(5, 'e')}</channel></rss>`;
    const lineOf = (id: number): number => xml.slice(0, xml.indexOf(`<title>t${id}`)).split('\n').length - 1;
    const seen = (findings: WxrFinding[]) =>
      findings.map((finding) => [finding.kind, finding.kind === 'item' ? finding.item.line : finding.line]);
    const expected = [
      ['item', lineOf(1)],
      ['oversized', lineOf(2)],
      ['item', lineOf(3)],
      ['oversized', lineOf(4)],
      ['item', lineOf(5)],
    ];
    expect(seen(parse(xml, [], 500))).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(xml.length), { maxLength: 30 }), (cuts) => {
        expect(seen(parse(xml, cuts, 500))).toEqual(expected);
      }),
    );
  });

  it('says when the input ends inside an oversized item', () => {
    const xml = `<rss><channel><item><content:encoded><![CDATA[${'x'.repeat(600)}`;
    expect(parse(xml, [550], 500).map((finding) => finding.kind)).toEqual(['oversized', 'malformed']);
  });
});
