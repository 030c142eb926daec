/** Second pass: the words that the first pass wrote, as an inverted index, now that the language is settled. */
import { join } from 'node:path';
import { FILES } from '../generation.ts';
import { type Bm25Parameters, LexicalWriter } from '../lexical/index.ts';
import { lexicalText } from '../passage-text.ts';
import { DocumentReader, loadSections, openColumns, openSections } from '../store/index.ts';
import type { Analyzer } from '../text/index.ts';

export interface LexicalInput {
  readonly folder: string;
  readonly analyzer: Analyzer;
  readonly bm25: Bm25Parameters;
}

export function writeLexical({ folder, analyzer, bm25 }: LexicalInput): { terms: number; postings: number } {
  const path = join(folder, FILES.columns);
  const columns = openColumns(openSections(loadSections(path), path));
  const documents = new DocumentReader(join(folder, FILES.documents));
  const writer = new LexicalWriter(bm25);
  try {
    for (let post = 0; post < columns.posts; post++) {
      const at = columns.postAt[post]!;
      const { title } = documents.post(at, at + columns.postBytes[post]!);
      for (let id = columns.firstPassage[post]!; id < columns.firstPassage[post + 1]!; id++) {
        const from = columns.passageAt[id]!;
        const { text, headingPath } = documents.passage(from, from + columns.passageBytes[id]!);
        writer.add(analyzer.terms(lexicalText({ title, headingPath, text })));
      }
    }
  } finally {
    documents.close();
  }
  const file = writer.finish();
  file.write(join(folder, FILES.lexical));
  return { terms: file.terms, postings: file.postings };
}
