/** BM25 as a textbook has it, over lists of strings: what every build of the core must agree with. */

/** How often each term occurs in each document; counted once a corpus, since many queries are asked over the same one. */
const counted = new WeakMap<string[][], ReadonlyMap<string, number>[]>();

function countsOf(corpus: string[][]): ReadonlyMap<string, number>[] {
  const known = counted.get(corpus);
  if (known !== undefined) return known;
  const counts = corpus.map((document) => {
    const frequencies = new Map<string, number>();
    for (const term of document) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
    return frequencies;
  });
  counted.set(corpus, counts);
  return counts;
}

/** Scores of all documents, as f32; 0 where no term occurs. */
export function referenceScores(
  corpus: string[][],
  weights: ReadonlyMap<string, number>,
  k1: number,
  b: number,
): number[] {
  const average = corpus.reduce((sum, document) => sum + document.length, 0) / corpus.length;
  const counts = countsOf(corpus);
  const known = [...weights].map(([term, weight]) => {
    const df = counts.filter((frequencies) => frequencies.has(term)).length;
    return { term, factor: weight * Math.log(1 + (corpus.length - df + 0.5) / (df + 0.5)) };
  });
  return counts.map((frequencies, id) => {
    const norm = k1 * (1 - b + (b * corpus[id]!.length) / average);
    return Math.fround(
      known.reduce((sum, { term, factor }) => {
        const tf = frequencies.get(term) ?? 0;
        return tf === 0 ? sum : sum + factor * (tf / (tf + norm));
      }, 0),
    );
  });
}

/** Ids of the best k that are allowed, best first, equal scores by lower id. */
export function referenceTop(scores: readonly number[], k: number, allows: (id: number) => boolean): number[] {
  const matching = [...scores.keys()].filter((id) => scores[id]! > 0 && allows(id));
  return matching.sort((one, two) => scores[two]! - scores[one]! || one - two).slice(0, k);
}
