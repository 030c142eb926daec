import { Parser } from 'htmlparser2';

/**
 * A title or a name as a person reads it: WordPress stores and sends both as HTML, so 'AT&amp;T' and '<em>new</em>' are
 * decoded and stripped, and runs of white space become one space.
 */
export function plainText(html: string): string {
  if (!html.includes('&') && !html.includes('<')) return collapse(html);
  let text = '';
  const parser = new Parser({
    ontext: (part) => {
      text += part;
    },
  });
  parser.end(html);
  return collapse(text);
}

function collapse(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
