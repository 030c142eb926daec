/** The API description (OpenAPI 3.1), generated from the schemas that validate. */
import { z } from 'zod';
import type { Config } from './config/index.ts';
import { operations } from './openapi-operations.ts';
import { answerSchema, batchAnswerSchema, filtersSchema, problemSchema, searchSchema } from './wire/index.ts';

type Json = Record<string, unknown>;
interface ObjectSchema {
  readonly properties: Readonly<Record<string, Json & { description?: string }>>;
}

const inputOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
const outputOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json;

const contentOf = (schema: string): Json => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
  'application/msgpack': { schema: { $ref: `#/components/schemas/${schema}` } },
});
const refusal = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const REFUSALS: Json = {
  400: refusal('A field, or the body, is not right'),
  406: refusal('Neither JSON nor MessagePack is accepted'),
  503: refusal('Too many queries are waiting, or the server is shutting down'),
  504: refusal('The deadline passed'),
};
const BODY_REFUSALS: Json = {
  ...REFUSALS,
  413: refusal('The body is too large'),
  415: refusal('The body is neither JSON nor MessagePack'),
};

const DEADLINE: Json = {
  name: 'X-Request-Deadline-Ms',
  in: 'header',
  description: 'Milliseconds the answer may take; reranking is dropped first',
  schema: { type: 'integer', minimum: 1 },
};

/** Query parameters: the fields of the body, with the filters beside them. */
function parametersOf(search: Json): Json[] {
  const { filters: _, ...fields } = (search as unknown as ObjectSchema).properties;
  const filters = (inputOf(filtersSchema) as unknown as ObjectSchema).properties;
  const parameters = Object.entries({ ...fields, ...filters }).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    ...(name === 'facets' ? { style: 'form', explode: false } : {}),
    schema,
  }));
  return [...parameters, DEADLINE];
}

export function openApi(config: Config): Json {
  const { $schema: _, ...search } = inputOf(searchSchema(config));
  const example = { query: 'speed up the database', topk: 3, filters: { category: ['Performance'] }, facets: ['tag'] };
  return {
    openapi: '3.1.0',
    info: {
      title: 'wp-chat',
      version: '1',
      description: 'Hybrid search for WordPress sites: BM25, vectors and cross-encoder reranking in one process.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/search': {
        get: {
          tags: ['search'],
          summary: 'Search',
          parameters: parametersOf(search),
          responses: { 200: { description: 'A page of results', content: contentOf('Answer') }, ...REFUSALS },
        },
        post: {
          tags: ['search'],
          summary: 'Search, with the query in the body',
          parameters: [DEADLINE],
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Search' }, example },
              'application/msgpack': { schema: { $ref: '#/components/schemas/Search' } },
            },
          },
          responses: { 200: { description: 'A page of results', content: contentOf('Answer') }, ...BODY_REFUSALS },
        },
      },
      '/search/batch': {
        post: {
          tags: ['search'],
          summary: 'Several searches at once; one that is wrong fails alone',
          parameters: [DEADLINE],
          requestBody: { required: true, content: contentOf('Batch') },
          responses: {
            200: { description: 'An answer or a problem for each query, in order', content: contentOf('BatchAnswer') },
            ...BODY_REFUSALS,
          },
        },
      },
      ...operations(),
    },
    components: {
      schemas: {
        Search: search,
        Batch: {
          type: 'object',
          required: ['queries'],
          additionalProperties: false,
          properties: {
            queries: {
              type: 'array',
              minItems: 1,
              maxItems: config.server.batchQueriesMax,
              items: { $ref: '#/components/schemas/Search' },
            },
          },
        },
        Answer: withoutDialect(outputOf(answerSchema)),
        BatchAnswer: withoutDialect(outputOf(batchAnswerSchema)),
        Problem: withoutDialect(outputOf(problemSchema)),
      },
    },
  };
}

function withoutDialect({ $schema: _, ...schema }: Json): Json {
  return schema;
}
