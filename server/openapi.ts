/** The API description (OpenAPI 3.1), generated from the schemas that validate and the tables that decide. */
import type { Config } from './config/index.ts';
import { described, SECURITY_SCHEMES } from './openapi-access.ts';
import { flagOperations } from './openapi-canary.ts';
import { documents, webhookOperation } from './openapi-documents.ts';
import { faultsOperation } from './openapi-faults.ts';
import { feedback } from './openapi-feedback.ts';
import { operations } from './openapi-operations.ts';
import { content, header, inputOf, type Json, type Operation, outputOf, reference } from './openapi-schema.ts';
import { searches } from './openapi-search.ts';
import { answerSchema, batchAnswerSchema, problemSchema, searchSchema } from './wire/index.ts';

const page = (path: string, summary: string, type = 'text/html', parameters?: readonly Json[]): Operation => ({
  method: 'GET',
  path,
  tag: 'pages',
  summary,
  ...(parameters === undefined ? {} : { parameters }),
  answers: {
    200: {
      description: 'The whole of it',
      headers: type === 'application/json' ? {} : { 'Cache-Control': header('no-cache') },
      content: content(type === '' ? ['text/javascript', 'text/css'] : [type], {
        type: type === 'application/json' ? 'object' : 'string',
      }),
    },
  },
});

const NAME: Json = { name: 'name', in: 'path', required: true, description: 'Of the file', schema: { type: 'string' } };

const pages = (): Operation[] => [
  page('/', 'The search page'),
  page('/docs', 'This reference, to read and to try'),
  page('/runbook', 'What to do about each incident'),
  page('/openapi.json', 'This description', 'application/json'),
  page('/dashboard', 'What the server says of itself, live'),
  page('/assets/{name}', 'What the pages are made of', '', [NAME]),
];

/** Operations of one address stand together. */
function pathsOf(config: Config, webhook: boolean): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of [
    ...searches(config),
    feedback(),
    ...flagOperations(),
    ...documents(),
    ...(webhook ? [webhookOperation(config)] : []),
    ...(config.server.faults ? [faultsOperation()] : []),
    ...operations(),
    ...pages(),
  ]) {
    // What the server calls `:id`, OpenAPI calls `{id}`.
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path]![operation.method.toLowerCase()] = described(operation, config);
  }
  return paths;
}

/** @param webhook whether sites may tell of their changes */
export const openApi = (config: Config, webhook = false): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'wp-chat',
    version: '1',
    description: 'Hybrid search for WordPress sites: BM25, vectors and cross-encoder reranking in one process.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  paths: pathsOf(config, webhook),
  components: {
    securitySchemes: SECURITY_SCHEMES,
    schemas: {
      Search: inputOf(searchSchema(config)),
      Batch: {
        type: 'object',
        required: ['queries'],
        additionalProperties: false,
        properties: {
          queries: {
            type: 'array',
            minItems: 1,
            maxItems: config.server.batchQueriesMax,
            items: reference('Search'),
          },
        },
      },
      Answer: outputOf(answerSchema),
      BatchAnswer: outputOf(batchAnswerSchema),
      Problem: outputOf(problemSchema),
    },
  },
});
