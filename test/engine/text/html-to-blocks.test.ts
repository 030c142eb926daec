import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { htmlToBlocks, textToBlocks } from '../../../engine/text/index.ts';
import { runs } from '../../support/runs.ts';

/** Blocks as `kind level: text`, short enough to read in a test. */
const read = (html: string): string[] =>
  htmlToBlocks(html).map(({ kind, level, text }) => `${kind}${level === 0 ? '' : level}: ${text}`);

describe('structure', () => {
  it('keeps headings, paragraphs, nested lists and quotes', () => {
    expect(
      read(
        '<h2>A <em>b</em></h2><p>One</p><ul><li>x<ol><li>y</li></ol></li><li>z</ul><blockquote><p>q</p></blockquote>',
      ),
    ).toEqual(['heading2: A b', 'paragraph: One', 'item1: x', 'item2: y', 'item1: z', 'quote1: q']);
  });

  it('reads a table row by row, whatever is in its cells or not closed', () => {
    expect(
      read('<table><caption>C</caption><thead><tr><th>a<th><p>b</p><p>c</p></thead><tr><td>1<td></td><td>2</table>'),
    ).toEqual(['caption: C', 'row: a | b c', 'row: 1 | 2']);
  });

  it('keeps lines and indentation of code, and brackets in it', () => {
    expect(read('<pre class="wp-block-code"><code>\nif (a[0]) {\r\n\t[gallery ids="1"]  \n}\n\n</code></pre>')).toEqual(
      ['code: if (a[0]) {\n\t[gallery ids="1"]\n}'],
    );
  });

  it('keeps captions, alternative texts, definitions and details apart', () => {
    expect(
      read(
        '<figure><img src="x" alt="A &amp; B"><figcaption>Cap</figcaption></figure><dl><dt>T<dd>D</dl><details><summary>S</summary>in</details>',
      ),
    ).toEqual(['alt: A & B', 'caption: Cap', 'term: T', 'definition: D', 'summary: S', 'paragraph: in']);
  });

  it('drops what is not text of the page, with its content', () => {
    const gone = ['script', 'style', 'noscript', 'iframe', 'svg', 'template', 'textarea', 'select', 'button'];
    for (const name of gone)
      expect(read(`a<${name}>x<b>y</b></${name}> b<input value="v">`)).toEqual(['paragraph: a b']);
  });

  it('puts the emoji that WordPress draws back into the sentence', () => {
    expect(read('<p>Hi <img alt="😀" class="emoji" src="x">!</p>')).toEqual(['paragraph: Hi 😀!']);
  });

  it('ends a paragraph at two breaks and a line at one', () => {
    expect(read('<p>a<br>b<br /> <br>c</p>')).toEqual(['paragraph: a\nb', 'paragraph: c']);
  });
});

describe('WordPress', () => {
  it('drops the comments of the block editor and keeps what they wrap', () => {
    expect(
      read('<!-- wp:paragraph {"a":"b"} -->\n<p>x</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:latest-posts /-->'),
    ).toEqual(['paragraph: x']);
  });

  it('reads blank lines of the classic editor as paragraphs, single line ends as spaces', () => {
    expect(read('One\ntwo\n\nThree <b>bold\n \nfour</b><p>five\n\nsix</p>')).toEqual([
      'paragraph: One two',
      'paragraph: Three bold',
      'paragraph: four',
      'paragraph: five six',
    ]);
  });

  it('removes shortcodes and keeps what they enclose', () => {
    expect(read('[caption id="a" width="3"]<img alt="Alt"> The cap[/caption]')).toEqual([
      'alt: Alt',
      'paragraph: The cap',
    ]);
    expect(
      read('[vc_row][vc_column width="1/2"]Text[/vc_column][/vc_row]\n\n[gallery ids="1,2"]\n\n[my_form]'),
    ).toEqual(['paragraph: Text']);
    expect(read('[embed]https://example.com/v[/embed]\n\n[audio https://example.com/a.mp3]\n\n[x a=1 /]end')).toEqual([
      'paragraph: end',
    ]);
  });

  it('leaves brackets that are no shortcodes', () => {
    for (const text of [
      'array[0] and items[name]',
      'as shown [1] and [2, 3]',
      'so they say [citation needed]',
      'replace [user_id] with yours',
      'a [link](x) and [unclosed',
      '[a [b',
    ]) {
      expect(read(`<p>${text}</p>`)).toEqual([`paragraph: ${text}`]);
    }
    expect(read('<p>Write <code>[caption]</code> or [[gallery]]</p>')).toEqual([
      'paragraph: Write [caption] or [gallery]',
    ]);
  });

  const export_ = join(packageRoot, '../shared/datasets/wordpress-wxr/WordPress_themeunittestdata.wordpress.xml');
  if (!existsSync(export_)) process.stderr.write(`No WordPress export to read: ${export_}\n`);
  it.skipIf(!existsSync(export_))('leaves no editor comment, tag or shortcode in a real export', () => {
    const posts = [...readFileSync(export_, 'utf8').matchAll(/<content:encoded><!\[CDATA\[([\s\S]*?)\]\]>/g)];
    const blocks = posts.flatMap(([, html = '']) => htmlToBlocks(html)).filter(({ kind }) => kind !== 'code');
    expect(blocks.length).toBeGreaterThan(1000);
    // What is left was written as entities, to be read.
    const tagged = /<!--|<\/|\[\/|\[(?:caption|gallery|audio|video|embed)\b/;
    const left = blocks.filter(({ text }) => tagged.test(text));
    expect(left).toEqual([]);
  });
});

describe('characters', () => {
  it('decodes entities once and composes what belongs together', () => {
    expect(read('<p>a&nbsp;b &#x41;&#66; &amp;amp; &bogus; &lt;i&gt; e\u0301 Donau&shy;dampf</p>')).toEqual([
      'paragraph: a b AB &amp; &bogus; <i> é Donaudampf',
    ]);
  });

  it('gives blocks whose text is composed, tidy and never empty, for any HTML', () => {
    const fragment = fc.constantFrom(
      ...'<p> </p> <h2> </h3> <li> <ul> </ul> <table> <tr> <td> </table> <pre> </pre> <code> </code> <br> <img alt="x"> <!-- --> <!-- [a b=1] [/a] [[ ]] [1] &amp; &#0; &#xd800; &#x110000; &nbsp; <dl> <dd> <figcaption> <script> </script> <svg/> <svg> </svg> < > " \n\n'.split(
        / (?!alt|b=)/,
      ),
    );
    const html = fc.array(fc.oneof(fragment, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 });
    fc.assert(
      fc.property(html, (parts) => {
        for (const { kind, text } of htmlToBlocks(parts.join(''))) {
          expect(text).not.toBe('');
          expect(text.normalize('NFC')).toBe(text);
          if (kind !== 'code') expect(text).toBe(text.trim());
        }
      }),
      runs(150),
    );
  });
});

describe('size', () => {
  it('survives nesting without a limit', () => {
    const depth = 100_000;
    for (const [open, close] of [
      ['<div>', '</div>'],
      ['<ul><li>', ''],
      ['<table><tr><td>', '</p>'],
      ['<b>', '</i>'],
      ['<blockquote>', ''],
    ]) {
      const blocks = htmlToBlocks(`${open?.repeat(depth)}deep${close?.repeat(depth)}`);
      expect(blocks.map(({ text }) => text)).toEqual(['deep']);
    }
  });

  it('survives a megabyte of anything that begins and does not end', () => {
    for (const part of [
      '<',
      '&',
      '[',
      '[a ',
      '[a "',
      '<!--',
      '</p>',
      '<br>',
      '[embed]',
      '\n \n',
      '<img alt="',
      '[/a',
    ]) {
      const html = part.repeat(Math.ceil(1_000_000 / part.length));
      const length = htmlToBlocks(html).reduce((sum, { text }) => sum + text.length, 0);
      expect(length).toBeLessThanOrEqual(html.length);
    }
  });
});

describe('plain text', () => {
  it('has a paragraph for every run of lines between blank ones', () => {
    expect(textToBlocks('a\nb\r\n\r\n  c  \n \t\n\nd').map(({ text }) => text)).toEqual(['a\nb', 'c', 'd']);
    expect(textToBlocks(' \n\n ')).toEqual([]);
  });
});
