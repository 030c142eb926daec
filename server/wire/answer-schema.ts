/** The answers as schemas: the API description is generated from them, and tests hold real answers against them. */
import { z } from 'zod';
import { ERROR_SENTENCES, type ErrorCode } from '../../engine/errors.ts';
import { COUNTED_FIELDS } from '../../engine/types.ts';

const score = z.number().nullable();
const rank = z.int().min(1).nullable();

const explainSchema = z.strictObject({
  ranks: z.strictObject({ bm25: rank, dense: rank, fused: rank, rerank: rank }),
  terms: z.array(
    z.strictObject({ term: z.string(), idf: z.number(), tf: z.int(), queryWeight: z.number(), score: z.number() }),
  ),
  standardised: z.strictObject({ bm25: score, dense: score, firstStage: score, rerank: score }),
  passageTokens: z.int(),
  headingPath: z.array(z.string()),
});

const hitSchema = z.strictObject({
  rank: z.int().min(1),
  id: z.string().describe('post and passage: postId#n'),
  postId: z.string(),
  title: z.string(),
  url: z.string(),
  date: z.iso.datetime().nullable(),
  author: z.string().nullable(),
  categories: z.array(z.string()),
  tags: z.array(z.string()),
  type: z.string(),
  snippet: z.string().describe('HTML-escaped text, matched terms in <mark>'),
  score: z.number().describe('What the hits are ordered by'),
  scores: z.strictObject({ bm25: score, dense: score, fused: score, rerank: score }),
  explain: explainSchema.optional(),
});

const timingsSchema = z.strictObject(
  Object.fromEntries(
    ['queueMs', 'embedMs', 'denseMs', 'lexicalMs', 'fuseMs', 'diversifyMs', 'rerankMs', 'documentsMs', 'totalMs'].map(
      (name) => [name, z.number().min(0)],
    ),
  ),
);

export const answerSchema = z.strictObject({
  query: z.string(),
  mode: z
    .enum(['hybrid', 'dense', 'bm25'])
    .describe('The mode that was served; see degraded where it is not the one asked for'),
  reranked: z.boolean(),
  degraded: z.array(
    z.enum([
      'dense_unavailable',
      'dense_language',
      'dense_failed',
      'rerank_unavailable',
      'rerank_language',
      'rerank_failed',
      'rerank_deadline',
      'rerank_partial',
      'rerank_off',
      'arm_failed',
      'rerank_fewer',
      'rerank_shed',
      'candidates_fewer',
      'dense_shed',
    ]),
  ),
  total: z.int().min(0).describe('Results in the whole ranking, the same on every page'),
  offset: z.int().min(0),
  hits: z.array(hitSchema),
  facets: z.partialRecord(
    z.enum(COUNTED_FIELDS),
    z.array(z.strictObject({ value: z.string(), count: z.int().min(1) })),
  ),
  timings: timingsSchema,
  generation: z.string(),
  variants: z.array(z.string()).describe('Variants of experiments that the answer was made with'),
  model: z.strictObject({ embedder: z.string().nullable(), reranker: z.string().nullable() }),
  interleaved: z
    .literal(true)
    .optional()
    .describe(
      'There where two arms share the hits: scores are those of the arm that each came from, and need not fall',
    ),
  requestId: z.string(),
});

export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERROR_SENTENCES) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), value: z.unknown(), expected: z.string() })).optional(),
  version: z.int().nullable().optional().describe('Of the document as it is, where another was meant'),
});

export const batchAnswerSchema = z.strictObject({ results: z.array(z.union([answerSchema, problemSchema])) });
