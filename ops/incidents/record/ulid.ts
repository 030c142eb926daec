/**
 * Ids that sort by the time they were made, also within a millisecond and where the clock goes back.
 *
 * ULID (github.com/ulid/spec): 48 bits of milliseconds and 80 random ones, 26 letters of Crockford's base 32. Within a
 * millisecond, or where the clock is behind the last id, the random part counts up by one.
 */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LETTERS = 10;
const RANDOM_BYTES = 10;
const TIME_MAX = 2 ** 48 - 1;

/** As they are written; the first letter holds three bits. */
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export class Ulids {
  readonly #random: (bytes: number) => Uint8Array;
  #timeMs = -1;
  /** Of the last id, 80 bits. */
  #tail = 0n;

  /** @param random that many bytes that nobody can foretell */
  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** Ids that are made from now on come behind this one. */
  follow(id: string): void {
    const timeMs = ulidTimeMs(id);
    const tail = decoded(id.slice(TIME_LETTERS));
    if (timeMs < this.#timeMs || (timeMs === this.#timeMs && tail <= this.#tail)) return;
    this.#timeMs = timeMs;
    this.#tail = tail;
  }

  /** @param wallMs milliseconds since the epoch, 0 to 2⁴⁸ − 1 */
  next(wallMs: number): string {
    const timeMs = Math.min(TIME_MAX, Math.max(0, Math.floor(wallMs)));
    if (timeMs > this.#timeMs) {
      this.#timeMs = timeMs;
      this.#tail = BigInt(`0x${Buffer.from(this.#random(RANDOM_BYTES)).toString('hex')}`);
    } else {
      this.#tail += 1n;
      // Of 2⁸⁰ ids within a millisecond the last one was taken: the next comes a millisecond early.
      if (this.#tail >> 80n !== 0n) [this.#timeMs, this.#tail] = [this.#timeMs + 1, 0n];
    }
    return encoded(BigInt(this.#timeMs), TIME_LETTERS) + encoded(this.#tail, 16);
  }
}

/** When it was made, milliseconds since the epoch. */
export const ulidTimeMs = (id: string): number => Number(decoded(id.slice(0, TIME_LETTERS)));

function encoded(value: bigint, letters: number): string {
  let text = '';
  for (let rest = value, left = letters; left > 0; left--, rest >>= 5n) text = LETTERS[Number(rest & 31n)]! + text;
  return text;
}

function decoded(text: string): bigint {
  let value = 0n;
  for (const letter of text) value = (value << 5n) | BigInt(Math.max(0, LETTERS.indexOf(letter)));
  return value;
}
