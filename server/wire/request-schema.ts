/**
 * The one schema of a search request: it validates, and the API description is generated from it.
 */
import { z } from 'zod';
import { COUNTED_FIELDS } from '../../engine/types.ts';
import type { Config } from '../config/index.ts';

/** Values of one filter field, and characters of one value. */
const FILTER_VALUES_MAX = 50;
const FILTER_CHARS_MAX = 200;
const OFFSET_MAX = 100_000;
const USER_CHARS_MAX = 200;

const values = (about: string) =>
  z
    .union(
      [
        z.string().min(1).max(FILTER_CHARS_MAX),
        z.array(z.string().min(1).max(FILTER_CHARS_MAX)).max(FILTER_VALUES_MAX),
      ],
      { error: `expected a text of 1 to ${FILTER_CHARS_MAX} characters, or a list of at most ${FILTER_VALUES_MAX}` },
    )
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .default([])
    .describe(about);

const date = (about: string) =>
  z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'expected a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
    })
    .nullable()
    .default(null)
    .describe(about);

export const filtersSchema = z.strictObject({
  category: values('Category names; any of them'),
  tag: values('Tag names; any of them'),
  author: values('Author names; any of them'),
  type: values('Post types, such as post or page; any of them'),
  language: values('Languages as BCP 47 tags; any of them'),
  date_from: date('Published on or after'),
  date_to: date('Published on or before; a date without a time means its end'),
});

/** The schema with the limits and defaults of a configuration. */
export function searchSchema({ retrieval }: Config) {
  const text = z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(retrieval.queryCharsMax)
    .describe('What is looked for, in words');
  return z
    .strictObject({
      query: text.optional(),
      q: text.optional().describe('The same as query'),
      mode: z.enum(['hybrid', 'dense', 'bm25']).default(retrieval.mode).describe('Which legs take part'),
      rerank: z
        .boolean()
        .default(retrieval.rerank.enabled)
        .describe('Whether the cross-encoder reorders the first results'),
      topk: z
        .int()
        .min(1)
        .max(retrieval.topkMax)
        .default(Math.min(retrieval.topk, retrieval.topkMax))
        .describe('Results on this page'),
      offset: z.int().min(0).max(OFFSET_MAX).default(0).describe('Results before this page'),
      filters: filtersSchema.prefault({}).describe('Fields are all required, values of one field are alternatives'),
      facets: z
        .array(z.enum(COUNTED_FIELDS))
        .max(COUNTED_FIELDS.length)
        .default([])
        .describe('Fields whose values are counted over all results; date counts by year'),
      min_score: z.number().nullable().default(null).describe('Drops results whose first-stage score is lower'),
      collapse: z.enum(['post', 'passage']).default('post').describe('One result a post, or every passage on its own'),
      fusion: z
        .enum(['standardised', 'rrf'])
        .default(retrieval.fusion.kind)
        .describe('How the two legs become one ranking'),
      mmr: z.boolean().default(retrieval.mmr.enabled).describe('Reorder for novelty (maximal marginal relevance)'),
      explain: z.boolean().default(false).describe('Add ranks, term scores and standardised scores to every hit'),
      user_id: z
        .string()
        .max(USER_CHARS_MAX)
        .optional()
        .describe('Who asks, as X-User-Id: whoever it is keeps the same arm of an experiment'),
    })
    .refine(({ query, q }) => (query === undefined) !== (q === undefined), {
      error: 'exactly one of query and q is required',
      path: ['query'],
    });
}

/** The queries of a batch are looked at one by one, so that one that is wrong fails alone. */
export const batchSchema = ({ server }: Config) =>
  z.strictObject({ queries: z.array(z.unknown()).min(1).max(server.batchQueriesMax) });

export type SearchSchema = ReturnType<typeof searchSchema>;
export type SearchInput = z.infer<SearchSchema>;
