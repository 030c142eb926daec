/** The door to lexical retrieval: write an index, load it once, open it in every worker, search. */
export { TOP_MAX } from './format.ts';
export { inverseFrequency } from './idf.ts';
export { Lexical, type OpenOptions, openLexical, type QueryTerm } from './lexical.ts';
export { type LoadOptions, loadLexical, type SharedLexical } from './load.ts';
export { type Bm25Parameters, type LexicalFile, LexicalWriter } from './writer.ts';
