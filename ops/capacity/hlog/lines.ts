/** A file line by line, in bounded memory: lines that are longer than any histogram are told, not held. */

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Null where the line was longer than `charsMax`. */
  readonly text: string | null;
}

const LINE_FEED = 10;

/** @param chunks UTF-8 bytes; carriage returns before line feeds are dropped */
export async function* linesOf(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 0;
  const take = (): Line => {
    number += 1;
    const text = heldBytes > bytesMax ? null : Buffer.concat(held).toString('utf8').replace(/\r$/, '');
    held = [];
    heldBytes = 0;
    return { number, text };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      hold(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (heldBytes > 0) yield take();

  function hold(part: Buffer): void {
    heldBytes += part.length;
    if (heldBytes <= bytesMax) held.push(part);
    else held = [];
  }
}
