import { z } from 'zod';

/**
 * The shape of a `model.json` as it lies on disk: snake case, every key that may stand there and no other.
 * The message of each rule is the phrase that completes "expected …" in an error.
 */

/** Names of models and of their directories. No separators and no leading dot: joining one to a path stays inside it. */
export const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** BCP 47 in the subset that matters for matching: language, then subtags; or a word for all languages. */
const LANGUAGE = /^(?:\*|multilingual|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)$/;

const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected });
const count = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

const fileName = z.string({ error: 'a file name' }).regex(FILE_NAME, {
  error: 'a plain file name without folders, such as model_int8.onnx',
});
const sha256 = z.string({ error: 'a sha256 in hexadecimal' }).regex(/^[0-9a-f]{64}$/, {
  error: '64 lower-case hexadecimal digits',
});
const weight = z
  .number({ error: 'a number from 0 to 1' })
  .min(0, { error: 'a number from 0 to 1' })
  .max(1, { error: 'a number from 0 to 1' });
const blend = z
  .strictObject({ cross_encoder: weight, first_stage: weight }, { error: 'weights cross_encoder and first_stage' })
  .refine((weights) => Math.abs(weights.cross_encoder + weights.first_stage - 1) < 1e-6, {
    error: 'weights that sum to 1',
  });

const inputName = z.enum(['input_ids', 'attention_mask', 'token_type_ids'], {
  error: 'input_ids, attention_mask or token_type_ids',
});

const common = {
  name: z.string({ error: 'the name of the model' }).regex(MODEL_NAME, {
    error: 'lower-case letters, digits, dots, dashes and underscores, at most 64',
  }),
  base: text('the name of the model this was made from').optional(),
  model_file: fileName.optional(),
  max_tokens: count(8, 8192),
  /** What the position table of the model could take; `max_tokens` is what is used. */
  max_positions: count(8, 8192).optional(),
  inputs: z
    .array(inputName, { error: 'a list of input names' })
    .min(1, { error: 'at least input_ids' })
    .refine((names) => names.includes('input_ids') && new Set(names).size === names.length, {
      error: 'input_ids and each name once',
    }),
  output: text('the name of the output of the graph'),
  quantization: text('a word or two, such as none or dynamic int8'),
  license: text('an SPDX licence name'),
  languages: z
    .array(
      z.string({ error: 'a language tag' }).regex(LANGUAGE, { error: 'a BCP 47 tag such as en, or multilingual' }),
      {
        error: 'a list of language tags',
      },
    )
    .min(1, { error: 'at least one language tag' }),
  sha256: z.record(fileName, sha256, { error: 'an object of file names and sha256' }).optional(),
  /** Files whose checksum was taken from the first copy seen here, not from a published one. */
  sha256_first_seen: z.array(fileName, { error: 'a list of file names' }).optional(),
  notes: text('a remark').optional(),
};

const embed = z.strictObject({
  ...common,
  task: z.literal('embed'),
  dimensions: count(8, 8192),
  pooling: z.enum(['mean (in graph)', 'mean', 'cls', 'none'], { error: 'mean (in graph), mean, cls or none' }),
  normalized: z.boolean({ error: 'true or false: whether the graph returns unit vectors' }),
  prefixes: z.strictObject(
    {
      query: z.string({ error: 'a string, possibly empty' }),
      document: z.string({ error: 'a string, possibly empty' }),
    },
    { error: 'an object with query and document' },
  ),
  similarity: z.literal('cosine', { error: 'cosine' }).optional(),
});

const rerank = z.strictObject({
  ...common,
  task: z.literal('rerank'),
  max_query_tokens: count(4, 4096),
  pooling: z.literal('none', { error: 'none' }).optional(),
  output_shape: z.array(z.union([z.string(), z.number()]), { error: 'a list of dimensions' }).optional(),
  pair_template: text('the order of the tokens, as a phrase').optional(),
  score: text('what the score means, as a phrase').optional(),
  interpolation: z.strictObject(
    {
      normalisation: text('how scores are made comparable, as a phrase'),
      over_fusion: blend,
      over_bm25: blend,
    },
    { error: 'an object with normalisation, over_fusion and over_bm25' },
  ),
});

export const cardSchema = z.discriminatedUnion('task', [embed, rerank], {
  error: 'a model card with task embed or rerank',
});

/** A card as it is written. */
export type CardJson = z.infer<typeof cardSchema>;
