/** The searches, as the API description has them: what is asked in an address, a body or a batch, and what is answered. */
import type { Config } from './config/index.ts';
import { content, header, inputOf, type Json, type Operation, reference } from './openapi-schema.ts';
import { filtersSchema, searchSchema } from './wire/index.ts';

interface ObjectSchema {
  readonly properties: Readonly<Record<string, Json & { description?: string }>>;
}

const BOTH = ['application/json', 'application/msgpack'] as const;
const EXAMPLE = { query: 'speed up the database', topk: 3, filters: { category: ['Performance'] }, facets: ['tag'] };

const DEADLINE: Json = {
  name: 'X-Request-Deadline-Ms',
  in: 'header',
  description: 'Milliseconds the answer may take; reranking is dropped first',
  schema: { type: 'integer', minimum: 1 },
};
const IF_NONE_MATCH: Json = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The ETag of an answer that the caller still has',
  schema: { type: 'string' },
};

const REQUEST_ID: Json = {
  'X-Request-Id': header('Of this request: the one that was sent, where it is short and plain'),
};
const CACHE: Json = {
  'X-Cache': header('Whether the answer was remembered', { enum: ['none', 'miss', 'hit', 'stale'] }),
};
const CANARY: Json = {
  'X-Canary': header('Of each experiment the arm, and why: rerank=canary;reason=promoted'),
};
const ASKER: readonly Json[] = [
  ['X-User-Id', 'Who asks: whoever it is keeps the same arm of an experiment'],
  ['X-Session-Id', 'The same for who has no user'],
  ['X-Canary-Arm', 'Arms that are asked for, where that is allowed: fusion=canary'],
].map(([name, description]) => ({ name, in: 'header', description, schema: { type: 'string' } }));
const KEPT: Json = {
  ETag: header('Of what the answer says; its id and timings are no part of that'),
  'Cache-Control': header('private, no-cache: kept by the caller alone, who asks each time whether it still holds'),
  Vary: header('Accept'),
};

const REFUSALS: Operation['refusals'] = {
  400: 'A field, or the body, is not right; or a key stands in the address',
  406: 'Neither JSON nor MessagePack is accepted',
  503: 'Too many queries are waiting, or the server is shutting down',
  504: 'The deadline passed',
};
const BODY_REFUSALS: Operation['refusals'] = { ...REFUSALS, 415: 'The body is neither JSON nor MessagePack' };

/** Query parameters: the fields of the body, with the filters beside them. */
function parametersOf(search: Json): Json[] {
  const { filters: _, ...fields } = (search as unknown as ObjectSchema).properties;
  const filters = (inputOf(filtersSchema) as unknown as ObjectSchema).properties;
  return Object.entries({ ...fields, ...filters }).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    ...(name === 'facets' ? { style: 'form', explode: false } : {}),
    schema,
  }));
}

const page = (headers: Json): Json => ({
  description: 'A page of results',
  headers: { ...REQUEST_ID, ...CACHE, ...CANARY, ...headers },
  content: content(BOTH, reference('Answer')),
});

export const searches = (config: Config): Operation[] => [
  {
    method: 'GET',
    path: '/search',
    tag: 'search',
    summary: 'Search',
    parameters: [...parametersOf(inputOf(searchSchema(config))), DEADLINE, IF_NONE_MATCH, ...ASKER],
    answers: {
      200: page(KEPT),
      304: { description: 'The caller has the answer', headers: { ...REQUEST_ID, ...CACHE, ...CANARY, ...KEPT } },
    },
    refusals: REFUSALS,
    headers: { ...CACHE, ...CANARY },
  },
  {
    method: 'POST',
    path: '/search',
    tag: 'search',
    summary: 'Search, with the query in the body',
    parameters: [DEADLINE, ...ASKER],
    body: {
      required: true,
      content: {
        'application/json': { schema: reference('Search'), example: EXAMPLE },
        'application/msgpack': { schema: reference('Search') },
      },
    },
    answers: { 200: page({}) },
    refusals: BODY_REFUSALS,
    headers: { ...CACHE, ...CANARY },
  },
  {
    method: 'POST',
    path: '/search/batch',
    tag: 'search',
    summary: 'Several searches at once; one that is wrong fails alone, and each counts toward the limit',
    parameters: [DEADLINE, ...ASKER],
    body: { required: true, content: content(BOTH, reference('Batch')) },
    answers: {
      200: {
        description: 'An answer or a problem for each query, in order',
        headers: { ...REQUEST_ID, ...CANARY },
        content: content(BOTH, reference('BatchAnswer')),
      },
    },
    refusals: BODY_REFUSALS,
    headers: { ...CACHE, ...CANARY },
  },
];
