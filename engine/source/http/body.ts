import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../../errors.ts';

export interface BodyLimits {
  /** Counted on the wire and again after decompression, while streaming. */
  readonly bodyBytesMax: number;
  /** 'refuse' throws on a longer body; 'cut' returns its beginning. */
  readonly overlong: 'refuse' | 'cut';
}

/**
 * Reads a response body, gunzipping it, and never holds more than the limit: a stated length is refused before a byte is
 * read, a false one and a gzip bomb as soon as the count passes.
 */
export async function readBody(
  body: Readable,
  headers: ReadonlyMap<string, string>,
  limits: BodyLimits,
  place: string,
): Promise<Buffer> {
  if (limits.overlong === 'refuse' && Number(headers.get('content-length') ?? 0) > limits.bodyBytesMax) {
    discard(body);
    throw tooLarge(place, limits.bodyBytesMax);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const part of source) {
      parts.push(part.subarray(0, limits.bodyBytesMax - bytes));
      bytes += part.length;
      if (bytes > limits.bodyBytesMax) throw new Overlong();
    }
  };
  try {
    await pump(body, headers.get('content-encoding'), limits.bodyBytesMax, collect, place);
  } catch (error) {
    if (!(error instanceof Overlong)) throw error;
    if (limits.overlong === 'refuse') throw tooLarge(place, limits.bodyBytesMax);
  }
  return Buffer.concat(parts);
}

/** Destroying a body that nobody reads reports an abort, which is no news. */
function discard(body: Readable): void {
  body.on('error', () => {}).destroy();
}

class Overlong extends Error {}

async function pump(
  body: Readable,
  encoding: string | undefined,
  bytesMax: number,
  collect: (source: AsyncIterable<Buffer>) => Promise<void>,
  place: string,
): Promise<void> {
  const coding = encoding?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return pipeline(body, collect);
  if (coding !== 'gzip' && coding !== 'x-gzip') {
    discard(body);
    throw new EngineError('source_invalid', `Cannot read a response of ${place}: content coding ${coding}`, {
      file: place,
      value: coding,
      expected: 'gzip or identity, the only codings asked for',
    });
  }
  let wireBytes = 0;
  await pipeline(
    body,
    async function* counted(source: AsyncIterable<Buffer>) {
      for await (const part of source) {
        wireBytes += part.length;
        if (wireBytes > bytesMax) throw new Overlong();
        yield part;
      }
    },
    createGunzip(),
    collect,
  );
}

function tooLarge(place: string, bytesMax: number): EngineError {
  return new EngineError('source_refused', `Cannot read a response of ${place}: it is larger than ${bytesMax} bytes`, {
    file: place,
    field: 'bodyBytesMax',
    value: bytesMax,
    remedy: 'Raise bodyBytesMax if the site is trusted',
  });
}
