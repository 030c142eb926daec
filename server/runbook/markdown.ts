/**
 * Markdown as our own document is written, as HTML: headings, paragraphs, lists of one level, tables, fenced code, and in a line code,
 * strong words and links. All else is text; nothing of the document is taken as markup but anchors, `<br>` in tables and comments.
 */

const ANCHOR = /^<a id="([a-z_-]+)"><\/a>$/;
const HEADING = /^(#{1,4}) (.+)$/;
const ITEM = /^(?:- |\d+\. )(?:(\[[ x]\]) )?(.*)$/;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Of one line, outside of code. */
const styled = (text: string): string =>
  escaped(text)
    .replaceAll('&lt;br&gt;', '<br>')
    .replaceAll(/\*\*([^*]{1,200})\*\*/g, '<strong>$1</strong>')
    .replaceAll(/\[([^\]]{1,200})\]\(([^)\s]{1,300})\)/g, (whole, label: string, to: string) =>
      /^(?:#|https?:|[a-z])/.test(to) && !/^(?:javascript|data|vbscript):/i.test(to)
        ? `<a href="${to}">${label}</a>`
        : whole,
    );

/** What stands between two backticks is code. */
const inline = (text: string): string =>
  text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? `<code>${escaped(part)}</code>` : styled(part)))
    .join('');

const cellsOf = (line: string): string[] =>
  line
    .slice(1, line.lastIndexOf('|'))
    .replaceAll('\\|', '\0')
    .split('|')
    .map((cell) => cell.replaceAll('\0', '|').trim());

export function htmlOf(markdown: string): string {
  const lines = markdown.split('\n');
  const out: string[] = [];
  let at = 0;
  /** As long as lines are so. */
  const taken = (isPart: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && isPart(lines[at]!)) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const [, level, title] = HEADING.exec(line) ?? [];
    if (line.trim() === '' || line.startsWith('<!--')) at++;
    else if (ANCHOR.test(line)) out.push(`<a id="${ANCHOR.exec(lines[at++]!)![1]}"></a>`);
    else if (level !== undefined) {
      at++;
      out.push(`<h${level.length}>${inline(title!)}</h${level.length}>`);
    } else if (line.startsWith('```')) {
      at++;
      const code = taken((one) => !one.startsWith('```'));
      at++;
      out.push(`<pre tabindex="0"><code>${escaped(code.join('\n'))}</code></pre>`);
    } else if (line.startsWith('|')) out.push(tableOf(taken((one) => one.startsWith('|'))));
    else if (ITEM.test(line)) out.push(listOf(taken((one) => ITEM.test(one) || /^ +\S/.test(one))));
    else out.push(`<p>${inline(taken((one) => isText(one)).join(' '))}</p>`);
  }
  return out.join('\n');
}

const isText = (line: string): boolean =>
  line.trim() !== '' && !/^(?:#{1,4} |```|\||<!--)/.test(line) && !ITEM.test(line);

function tableOf([head, , ...rows]: readonly string[]): string {
  const heads = cellsOf(head!).map((cell) => `<th scope="col">${inline(cell)}</th>`);
  const body = rows.map(
    (line) =>
      `<tr>${cellsOf(line)
        .map((cell) => `<td>${inline(cell)}</td>`)
        .join('')}</tr>`,
  );
  return `<div class="wide" tabindex="0"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function listOf(lines: readonly string[]): string {
  const items: string[] = [];
  for (const line of lines) {
    const [, box, text] = ITEM.exec(line) ?? [];
    if (text === undefined) items[items.length - 1] += ` ${line.trim()}`;
    else items.push(box === undefined ? text : `${box === '[x]' ? '☑' : '☐'} ${text}`);
  }
  const tag = /^\d/.test(lines[0]!) ? 'ol' : 'ul';
  return `<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</${tag}>`;
}
