/** A body in chunks (RFC 9112, 7.1), as a server sends that does not know its length beforehand. */

const LINE_END = Buffer.from('\r\n');
const SIZE = /^[0-9a-f]+/i;

/** Trailers are not read. */
export type Chunked = { readonly body: string } | 'more' | 'malformed';

export function chunkedBody(bytes: Buffer, from: number): Chunked {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return 'more';
    const size = SIZE.exec(bytes.toString('latin1', at, lineEnd));
    if (size === null) return 'malformed';
    const length = Number.parseInt(size[0], 16);
    const start = lineEnd + LINE_END.length;
    if (bytes.length < start + length + LINE_END.length) return 'more';
    if (length === 0) return { body: Buffer.concat(parts).toString('utf8') };
    parts.push(bytes.subarray(start, start + length));
    at = start + length + LINE_END.length;
  }
}
