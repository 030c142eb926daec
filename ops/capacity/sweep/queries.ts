/**
 * What is asked? A list of queries, asked in random order, of which a share is made new: words of the list in combinations
 * that were not asked before. Only new ones miss the server's memories of vectors, scores and answers, so the share decides
 * how much work a request is, as it does on a site.
 */
import type { Random } from '../random.ts';

const WORDS_EACH_MAX = 4;

/** @param fresh share of new queries, 0 to 1 */
export function queryMix(list: readonly string[], fresh: number, random: Random): () => string {
  const words = list.map((query) => query.split(/\s+/).filter((word) => word !== ''));
  const someOf = (query: readonly string[]): readonly string[] => {
    const start = random.below(query.length);
    return query.slice(start, start + 1 + random.below(WORDS_EACH_MAX));
  };
  return () => {
    const at = random.below(list.length);
    if (random.next() >= fresh) return list[at]!;
    return [...someOf(words[at]!), ...someOf(words[random.below(words.length)]!)].join(' ');
  };
}
