import { ASCII_PUNCTUATION, ASCII_SPACE, ASCII_WORD, asciiClass, bertWords } from './bert-words.ts';

/** Cuts one normalised word into the ids of its pieces. */
export type PieceLookup = (word: string) => readonly number[];

const CACHED_CHUNKS_MAX = 65_536;
/** Longer chunks are rarely met again. */
const CACHED_CHUNK_UNITS_MAX = 40;

/**
 * Text to ids for BERT-like models: ASCII is cut in place, anything else goes through {@link bertWords}, and a chunk
 * between two ASCII separators is remembered with its ids. Cutting there is safe, for ASCII letters never combine with
 * what stands beyond a separator.
 */
export class WordPieceEncoder {
  readonly #lookup: PieceLookup;
  readonly #cache = new Map<string, readonly number[]>();

  constructor(lookup: PieceLookup) {
    this.#lookup = lookup;
  }

  /** Appends ids to `out` until it holds at least `idsMax`; it may then hold a few more. */
  encodeInto(text: string, out: number[], idsMax: number): void {
    let at = 0;
    while (at < text.length && out.length < idsMax) {
      const unit = text.charCodeAt(at);
      const kind = unit < 128 ? asciiClass[unit] : 0;
      if (kind === ASCII_SPACE) {
        at++;
        continue;
      }
      const start = at++;
      let plain = kind !== 0;
      while (kind !== ASCII_PUNCTUATION && at < text.length) {
        const next = text.charCodeAt(at);
        const nextKind = next < 128 ? asciiClass[next]! : 0;
        if (nextKind === ASCII_SPACE || nextKind === ASCII_PUNCTUATION) break;
        plain &&= nextKind === ASCII_WORD;
        at++;
      }
      for (const id of this.#chunk(text.slice(start, at), plain)) out.push(id);
    }
  }

  #chunk(chunk: string, plain: boolean): readonly number[] {
    const known = this.#cache.get(chunk);
    if (known !== undefined) return known;
    const words = plain ? [chunk.toLowerCase()] : bertWords(chunk);
    const ids = words.flatMap((word) => this.#lookup(word));
    if (chunk.length <= CACHED_CHUNK_UNITS_MAX) {
      if (this.#cache.size >= CACHED_CHUNKS_MAX) this.#cache.clear();
      // A copy: a slice would keep the whole text alive.
      this.#cache.set(Buffer.from(chunk, 'utf16le').toString('utf16le'), ids);
    }
    return ids;
  }
}
