/** Can every post and passage be read, and does each belong where the columns say? */
import { FILES, type Generation } from '../../generation.ts';
import type { RecordDirectory } from '../record-file.ts';
import type { Finding } from './report.ts';

/** Findings of one kind that are told one by one. */
const FINDINGS_MAX = 10;

/** @param passed told of the bytes of both files that were read since it was called last */
export async function checkRecords(
  generation: Generation,
  passed: (bytes: number) => Promise<void>,
): Promise<{ findings: Finding[]; measured: Record<string, number> }> {
  const { columns } = generation;
  const findings: Finding[] = [];
  const documentBytes = bytesUpTo(columns.documents);
  const tokenBytes = bytesUpTo(columns.tokens);
  let tokens = 0;
  const wrong = (file: string, expected: string, got: string): void => {
    findings.push({ check: 'records', file, block: null, expected, got });
  };
  /** Null where it cannot be read. */
  const attempt = <Result>(file: string, what: string, read: () => Result): Result | null => {
    try {
      return read();
    } catch (error) {
      wrong(file, what, (error as Error).message);
      return null;
    }
  };
  for (let post = 0; post < columns.posts && findings.length < FINDINGS_MAX; post++) {
    const first = columns.firstPassage[post]!;
    const end = columns.firstPassage[post + 1]!;
    if (first > end || end > columns.passages)
      wrong(FILES.columns, `passages of post ${post} in order`, `${first} … ${end}`);
    const record = attempt(FILES.documents, `post ${post}`, () => generation.post(post));
    if (record !== null) {
      requireText(record.title, (got) => wrong(FILES.documents, `a title of post ${post}`, got));
      const found = attempt(FILES.documents, `post ${post} by its id`, () => generation.postWithId(record.id));
      if (found !== post) wrong(FILES.columns, `post ${post} by its id`, String(found));
    }
    for (let id = first; id < Math.min(end, columns.passages) && findings.length < FINDINGS_MAX; id++) {
      if (columns.postOf[id] !== post)
        wrong(FILES.columns, `passage ${id} of post ${post}`, `of ${columns.postOf[id]}`);
      const passage = attempt(FILES.documents, `passage ${id}`, () => generation.passage(id));
      if (passage !== null) requireText(passage.text, (got) => wrong(FILES.documents, `a text of passage ${id}`, got));
      tokens += attempt(FILES.tokens, `tokens of passage ${id}`, () => generation.passageTokens(id))?.length ?? 0;
    }
    await passed(documentBytes(post + 1 + end) + tokenBytes(end));
  }
  return { findings, measured: { posts: columns.posts, passages: columns.passages, tokens } };
}

function requireText(value: unknown, wrong: (got: string) => void): void {
  if (typeof value !== 'string') wrong(typeof value);
}

/** Bytes of the blocks that were read to their ends since the last call, when all records below the given one were read. */
function bytesUpTo({ at, first }: RecordDirectory): (record: number) => number {
  let block = 0;
  return (record) => {
    const from = block;
    while (block < first.length - 1 && first[block + 1]! <= record) block += 1;
    return at[block]! - at[from]!;
  };
}
