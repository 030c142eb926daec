/** Can every post and passage be read, and does each belong where the columns say? */
import { FILES, type Generation } from '../../generation.ts';
import type { Finding } from './report.ts';

/** Findings of one kind that are told one by one. */
const FINDINGS_MAX = 10;

export async function checkRecords(
  generation: Generation,
  passed: (bytes: number) => Promise<void>,
): Promise<{ findings: Finding[]; measured: Record<string, number> }> {
  const { columns } = generation;
  const findings: Finding[] = [];
  let tokens = 0;
  const wrong = (file: string, expected: string, got: string): void => {
    findings.push({ check: 'records', file, block: null, expected, got });
  };
  for (let post = 0; post < columns.posts && findings.length < FINDINGS_MAX; post++) {
    const first = columns.firstPassage[post]!;
    const end = columns.firstPassage[post + 1]!;
    if (first > end || end > columns.passages)
      wrong(FILES.columns, `passages of post ${post} in order`, `${first} … ${end}`);
    const fault = attempt(() => generation.post(post).title);
    if (fault !== null) wrong(FILES.documents, `post ${post}`, fault);
    for (let id = first; id < Math.min(end, columns.passages) && findings.length < FINDINGS_MAX; id++) {
      if (columns.postOf[id] !== post)
        wrong(FILES.columns, `passage ${id} of post ${post}`, `of ${columns.postOf[id]}`);
      const textFault = attempt(() => generation.passage(id).text);
      if (textFault !== null) wrong(FILES.documents, `passage ${id}`, textFault);
      const read = generation.passageTokens(id).length;
      const due = columns.tokenAt[id + 1]! - columns.tokenAt[id]!;
      if (read !== due) wrong(FILES.tokens, `${due} tokens of passage ${id}`, String(read));
      tokens += read;
      await passed(columns.passageBytes[id] ?? 0);
    }
    await passed(columns.postBytes[post] ?? 0);
  }
  return { findings, measured: { posts: columns.posts, passages: columns.passages, tokens } };
}

/** What is wrong with a text that should be there; null where it is one. */
function attempt(read: () => unknown): string | null {
  try {
    const value = read();
    return typeof value === 'string' ? null : typeof value;
  } catch (error) {
    return (error as Error).message;
  }
}
