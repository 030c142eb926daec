/** Lucene's inverse document frequency: never negative, whatever the share of documents. */
export const inverseFrequency = (df: number, documents: number): number =>
  Math.log(1 + (documents - df + 0.5) / (df + 0.5));
