import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDateMs, languageTag, linkAddress, rssDateMs, shortened } from '../../../engine/source/field-values.ts';
import { plainText } from '../../../engine/source/plain-text.ts';

describe('isoDateMs', () => {
  it.each([
    ['2024-05-31', Date.UTC(2024, 4, 31)],
    ['2024-05-31T12:34:56', Date.UTC(2024, 4, 31, 12, 34, 56)],
    ['2024-05-31 12:34:56', Date.UTC(2024, 4, 31, 12, 34, 56)],
    ['2024-05-31T12:34Z', Date.UTC(2024, 4, 31, 12, 34)],
    ['2024-05-31T12:34:56.789+02:00', Date.UTC(2024, 4, 31, 10, 34, 56, 789)],
    ['2024-05-31T12:34:56-0330', Date.UTC(2024, 4, 31, 16, 4, 56)],
    ['0000-00-00 00:00:00', null],
    ['2023-02-30', null],
    ['2024-13-01', null],
    ['2024-01-01T25:00:00', null],
    ['1717157000', null],
    ['yesterday', null],
    ['', null],
  ])('reads %j', (text, ms) => {
    expect(isoDateMs(text)).toBe(ms);
  });

  it('reads back what Date writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(isoDateMs(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });
});

describe('rssDateMs', () => {
  it('reads RFC 822 and knows the dates that WordPress writes for drafts', () => {
    expect(rssDateMs('Mon, 23 Nov 2026 19:05:44 +0000')).toBe(Date.UTC(2026, 10, 23, 19, 5, 44));
    expect(rssDateMs('Wed, 30 Nov -0001 00:00:00 +0000')).toBeNull();
    expect(rssDateMs('')).toBeNull();
  });
});

describe('plainText', () => {
  it.each([
    ['Fish &amp; Chips', 'Fish & Chips'],
    ['AT&amp;amp;T', 'AT&amp;T'],
    ['It&#8217;s &#x2014; &ldquo;fine&rdquo;&hellip;', 'It’s — “fine”…'],
    ['How to use &lt;div&gt;', 'How to use <div>'],
    ['<em>New</em>: a&nbsp;b\n\t c', 'New: a b c'],
    ['1 < 2 & 3 > 2', '1 < 2 & 3 > 2'],
    ['', ''],
  ])('reads %j as %j', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it('gives back any text that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = text.replace(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`);
        expect(plainText(escaped)).toBe(text.replace(/\s+/gu, ' ').trim());
      }),
    );
  });
});

describe('linkAddress', () => {
  it('keeps what may become a link and nothing that runs', () => {
    expect(linkAddress(' https://a.example/x ')).toBe('https://a.example/x');
    expect(linkAddress('/2024/post/')).toBe('/2024/post/');
    expect(linkAddress('?p=1')).toBe('?p=1');
    for (const bad of ['javascript:alert(1)', 'JaVa\tScript:alert(1)', 'data:text/html,x', 'http://']) {
      expect(linkAddress(bad)).toBeNull();
    }
  });
});

describe('languageTag', () => {
  it('writes tags in canonical case', () => {
    expect(languageTag('en_us')).toBe('en-US');
    expect(languageTag('ZH-hant-tw')).toBe('zh-Hant-TW');
    expect(languageTag('')).toBeNull();
    expect(languageTag('english please')).toBeNull();
  });
});

describe('shortened', () => {
  it('cuts long values and keeps small ones', () => {
    expect(shortened('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`);
    expect(shortened({ a: 1 })).toBe('{"a":1}');
    expect(shortened(7)).toBe(7);
    expect(shortened(undefined)).toBeUndefined();
  });
});
