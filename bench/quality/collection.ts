/** A judged collection: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. */
import { readFileSync } from 'node:fs';
import { EngineError } from '../../engine/errors.ts';

export interface JudgedQuery {
  readonly id: string;
  readonly text: string;
  readonly judgements: ReadonlyMap<string, number>;
}

/** Queries that have at least one relevant document; the others cannot be measured. */
export function readQueries(queriesFile: string, qrelsFile: string): JudgedQuery[] {
  const qrels = readQrels(qrelsFile);
  return [...lines(queriesFile)].flatMap(({ text: line, number }) => {
    const { id, text } = parseQuery(line, queriesFile, number);
    const judgements = qrels.get(id);
    return judgements !== undefined && [...judgements.values()].some((grade) => grade > 0)
      ? [{ id, text, judgements }]
      : [];
  });
}

function readQrels(file: string): Map<string, Map<string, number>> {
  const qrels = new Map<string, Map<string, number>>();
  for (const { text, number } of lines(file)) {
    const [query, document, grade] = text.split('\t');
    if (number === 1 && Number.isNaN(Number(grade))) continue;
    if (document === undefined || grade === undefined || !Number.isInteger(Number(grade))) {
      throw invalid(file, number, 'query, document and whole grade, separated by tabs', text);
    }
    const judgements = qrels.get(query!) ?? new Map<string, number>();
    qrels.set(query!, judgements.set(document, Number(grade)));
  }
  return qrels;
}

function parseQuery(line: string, file: string, number: number): { id: string; text: string } {
  try {
    const { id, text } = JSON.parse(line) as { id?: unknown; text?: unknown };
    if (typeof id === 'string' && typeof text === 'string') return { id, text };
  } catch {
    // Reported below, with the line.
  }
  throw invalid(file, number, '{"id": text, "text": text}', line);
}

function* lines(file: string): Generator<{ text: string; number: number }> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read: ${(error as Error).message}`, { file });
  }
  let number = 0;
  for (const line of content.split('\n')) {
    number += 1;
    if (line.trim() !== '') yield { text: line.replace(/\r$/, ''), number };
  }
}

const invalid = (file: string, line: number, expected: string, value: string): EngineError =>
  new EngineError('source_invalid', `Cannot read ${file}:${line}: expected ${expected}, got ${value.slice(0, 80)}`, {
    file,
    line,
    expected,
    value,
  });
