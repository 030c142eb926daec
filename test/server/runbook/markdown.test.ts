import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INCIDENT_TYPES } from '../../../ops/index.ts';
import { OPERATIONS_FILE, runbookPage } from '../../../server/runbook/index.ts';
import { htmlOf } from '../../../server/runbook/markdown.ts';

describe('Markdown', () => {
  it.each([
    ['# A `b` **c**', '<h1>A <code>b</code> <strong>c</strong></h1>'],
    ['one\ntwo', '<p>one two</p>'],
    ['- a\n  b\n- [ ] c', '<ul><li>a b</li><li>☐ c</li></ul>'],
    ['1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'],
    ['```bash\ncurl "a" > b\n# c\n```', '<pre tabindex="0"><code>curl &quot;a&quot; &gt; b\n# c</code></pre>'],
    ['[a](#b) [c](https://d.example/)', '<p><a href="#b">a</a> <a href="https://d.example/">c</a></p>'],
    ['<!-- made: x -->\n<a id="high_latency"></a>', '<a id="high_latency"></a>'],
  ])('%s', (markdown, html) => {
    expect(htmlOf(markdown)).toBe(html);
  });

  it('tables keep what stands in code, and what is escaped', () => {
    expect(htmlOf('| A | B |\n| --- | --- |\n| `a \\| b` | c<br>d |')).toContain(
      '<tbody><tr><td><code>a | b</code></td><td>c<br>d</td></tr></tbody>',
    );
  });

  it('nothing that is written there becomes an element or a link that runs', () => {
    for (const hostile of ['<img src=x onerror=y>', '`<b>`', '[a](javascript:x)', '[a](data:x)', '| <i> |', '- <u>'])
      expect(htmlOf(hostile)).not.toMatch(/<(?:img|b|i|u)[ >]|href="(?:javascript|data)/);
    const tags = /^<\/?(?:h[1-4]|p|ul|ol|li|pre|code|table|thead|tbody|tr|th|td|div|strong|a|br)\b/;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'<>&"`|*[]()#-\n ax'), { maxLength: 80 }), (letters) => {
        const html = htmlOf(letters.join(''));
        for (const [tag] of html.matchAll(/<[^>]*>/g)) expect(tag).toMatch(tags);
      }),
    );
  });
});

describe('the runbook as a page', () => {
  const page = runbookPage();

  it('has a chapter for each incident, under the name that notices link to', () => {
    for (const type of INCIDENT_TYPES) expect(page).toContain(`<a id="${type}"></a>`);
  });

  it('leads nowhere that is not there', () => {
    const anchors = new Set([...page.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, to] of page.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(to);
  });

  it('holds every command of the document', () => {
    const unescaped = page
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
    for (const [, block] of readFileSync(OPERATIONS_FILE, 'utf8').matchAll(/```bash\n([^`]+)\n```/g))
      expect(unescaped).toContain(block);
  });
});
