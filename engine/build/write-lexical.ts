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
  // Read in the order of the file, once: nothing is worth remembering.
  const documents = new DocumentReader(join(folder, FILES.documents), columns, 0);
  const writer = new LexicalWriter(bm25);
  try {
    for (let post = 0; post < columns.posts; post++) {
      const { title } = documents.post(post);
      for (let id = columns.firstPassage[post]!; id < columns.firstPassage[post + 1]!; id++) {
        const { text, headingPath } = documents.passage(id);
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
