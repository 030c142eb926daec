/** Which 32 bits stand for a text? */

/**
 * FNV-1a over UTF-16 units with the finisher of MurmurHash3, so that all bits depend on all of the text.
 *
 * @param seed of the process: who cannot know it cannot choose texts that collide
 */
export function textHash(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** MurmurHash3's finisher: a bijection of 32 bits in which every bit of the input moves half of those that come out. */
export function mix(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
