/** What the server answers to each query: the work that is timed, and the pairs that its reranker scored. */
import type { SearchResult } from '../../engine/types.ts';
import { hashOf } from '../harness/index.ts';

const MODES = {
  bm25: { mode: 'bm25', rerank: false },
  dense: { mode: 'dense', rerank: false },
  hybrid: { mode: 'hybrid', rerank: false },
  reranked: { mode: 'hybrid', rerank: true },
} as const;
export type Mode = keyof typeof MODES;
export const MODE_NAMES = Object.keys(MODES) as Mode[];

export const pathOf = (query: string, mode: Mode, topk: number): string => {
  const { mode: legs, rerank } = MODES[mode];
  return `/search?${new URLSearchParams({ q: query, mode: legs, rerank: String(rerank), topk: String(topk) })}`;
};

export interface Answer {
  readonly body: string;
  readonly result: SearchResult;
}

/** Throws where a query is not answered with 200. */
async function ask(port: number, path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`Status ${response.status}: ${path}: ${body.slice(0, 300)}`);
  return { body, result: JSON.parse(body) as SearchResult };
}

export async function askAll(port: number, paths: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const path of paths) answers.push(await ask(port, path));
  return answers;
}

/** Of the ids of all hits in their order: scores may differ in the last bit between processors. */
export const workOf = (answers: readonly Answer[]): string =>
  hashOf(answers.map(({ result }) => [result.query, result.mode, result.hits.map(({ id }) => id)]));
