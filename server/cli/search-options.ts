/** The options of `wp-chat search` as the body of a request; what is wrong with them is left to the request's schema. */
import type { LiveOptions } from './live.ts';

export interface SearchOptions extends LiveOptions {
  readonly topk?: string;
  readonly offset?: string;
  readonly mode?: string;
  readonly rerank: boolean;
  readonly explain: boolean;
  readonly category?: readonly string[];
  readonly tag?: readonly string[];
  readonly author?: readonly string[];
  readonly type?: readonly string[];
  readonly language?: readonly string[];
  readonly fromDate?: string;
  readonly toDate?: string;
  readonly facets?: readonly string[];
  readonly minScore?: string;
  readonly collapse?: string;
  readonly fusion?: string;
  readonly mmr?: boolean;
  readonly local: boolean;
}

/** One value an option: an option that took several would swallow the query after it. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

export function bodyOf(query: string, options: SearchOptions): object {
  const { topk, offset, mode, rerank, explain, facets, minScore, collapse, fusion, mmr } = options;
  const { category, tag, author, type, language, fromDate, toDate } = options;
  const filters = given({ category, tag, author, type, language, date_from: fromDate, date_to: toDate });
  return given({
    query,
    topk: numeric(topk),
    offset: numeric(offset),
    mode,
    rerank: rerank ? undefined : false,
    filters: Object.keys(filters).length === 0 ? undefined : filters,
    facets: facets?.flatMap((fields) => fields.split(',')),
    min_score: numeric(minScore),
    collapse,
    fusion,
    mmr,
    explain,
  });
}

const given = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What is no number stays as it was typed, so that the refusal shows it. */
function numeric(text: string | undefined): number | string | undefined {
  const value = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(value) ? text : value;
}
