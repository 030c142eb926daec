/** One line without its end; `bytes` is null when it was longer than allowed, and then only counted. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly bytes: Buffer | null;
  readonly byteLength: number;
}

const LF = 0x0a;
const CR = 0x0d;

/** Splits bytes at LF or CRLF, wherever the chunks happen to end. An overlong line is never held in memory. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let byteLength = 0;
  let number = 1;
  const add = (part: Buffer): void => {
    byteLength += part.length;
    if (byteLength > lineBytesMax + 1) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): Line => {
    const whole = byteLength > lineBytesMax + 1 ? null : Buffer.concat(parts);
    const bytes = whole?.at(-1) === CR ? whole.subarray(0, -1) : whole;
    const line = {
      number: number++,
      bytes: bytes !== null && bytes.length > lineBytesMax ? null : bytes,
      byteLength: bytes?.length ?? byteLength,
    };
    parts = [];
    byteLength = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      add(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (byteLength > 0) yield take();
}
