/** What changes documents, as the API description has it. */
import { z } from 'zod';
import { documentChangeSchema, documentSchema } from '../engine/source/index.ts';
import type { Config } from './config/index.ts';
import { idSchema, LINES_TYPES, operationSchema, refreshSchema } from './documents/index.ts';
import { content, count, header, inputOf, type Json, type Operation, outputOf, parameter } from './openapi-schema.ts';
import { namesIn, webhookSchema } from './sync/index.ts';
import { problemSchema } from './wire/index.ts';

const version = z.int().min(1).describe('It only rises, and is never that of two documents');
const replayed = z.boolean().describe('Whether it was done before, under the same idempotency key');

const changedAnswer = z.strictObject({
  id: z.string(),
  outcome: z.enum(['created', 'updated']),
  version,
  replayed,
  visible: z.boolean().optional().describe('With refresh: whether every search finds it by now'),
});

/** As it was put: every field is there. */
const givenAnswer = z.strictObject({
  version,
  document: z.strictObject({
    id: z.string(),
    title: z.string(),
    html: z.string().nullable(),
    text: z.string().nullable(),
    url: z.string(),
    date: z.iso.datetime().nullable(),
    modified: z.iso.datetime().nullable(),
    author: z.string().nullable(),
    categories: z.array(z.string()),
    tags: z.array(z.string()),
    type: z.string(),
    lang: z.string().nullable(),
  }),
});

const line = z.int().min(1).describe('Of the body');
/** One line of the answer to a bulk. */
const outcomeLine = z.union([
  z.strictObject({
    line,
    status: z.literal([200, 201, 204]),
    id: z.string(),
    outcome: z.enum(['created', 'updated', 'deleted', 'unchanged']),
    version,
    replayed,
  }),
  problemSchema
    .pick({ status: true, code: true, detail: true, errors: true, version: true })
    .extend({ line, id: z.string().optional() }),
]);

const REQUEST_ID: Json = { 'X-Request-Id': header('Of this request') };
const VERSION: Json = {
  ETag: header('Of the document as it is'),
  'Document-Version': count('The same as a number'),
};
const VISIBLE: Json = {
  'Document-Visible': header('With refresh: whether every search finds it', { type: 'boolean' }),
};
const CHANGED: Json = {
  ...REQUEST_ID,
  ...VERSION,
  ...VISIBLE,
  'Idempotency-Replayed': header('true where it was done before, under the same key', { type: 'boolean' }),
};

const { ETag: _, ...GONE } = CHANGED;

const inHeader = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});
const KEY = inHeader('Idempotency-Key', 'Asked again with the same key and content, nothing is done twice');
const MATCH = inHeader('If-Match', 'Done only where the document has this version, "VERSION", or is there at all, *');
const ABSENT = inHeader('If-None-Match', 'Done only where there is no such document: *');
const WAIT = parameter('refresh', 'wait: answer when it is found, or the deadline has passed', inputOf(refreshSchema));
const ID = { ...parameter('id', 'Of the document', inputOf(idSchema)), required: true };

const BODY_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'application/msgpack'] as const;
const body = (description: string, schema: z.ZodType): Json => ({
  description,
  required: true,
  content: content(BODY_TYPES, inputOf(schema)),
});

const json = (description: string, schema: z.ZodType, headers: Json): Json => ({
  description,
  headers,
  content: content(['application/json'], outputOf(schema)),
});

const NOT_NOW: Operation['refusals'] = {
  409: 'Another process has the journal of this index',
  503: 'There is no room until the index is merged, or the server is shutting down',
  507: 'The disk does not take it',
};
const REFUSALS: Operation['refusals'] = {
  400: 'A field, a header or the body is not right; or a key stands in the address',
  404: 'There is no such document',
  412: 'The document has another version, or is (not) there',
  422: 'The idempotency key was used for something else',
  ...NOT_NOW,
};
const UNREADABLE: Operation['refusals'] = { 415: 'The body is neither JSON nor MessagePack' };

const change = (
  more: Pick<Operation, 'method' | 'summary' | 'parameters' | 'answers'> & Partial<Operation>,
): Operation => ({
  path: '/documents',
  tag: 'documents',
  headers: { ETag: VERSION['ETag'] },
  ...more,
  refusals: { ...REFUSALS, ...more.refusals },
});

const UPDATED = { 200: json('It is this from now on, and was there before', changedAnswer, CHANGED) };

const put = (): Operation => {
  const { 404: __, ...refusals } = REFUSALS;
  return {
    ...change({
      method: 'PUT',
      summary: 'The document is this from now on; durable when it is answered',
      parameters: [WAIT, MATCH, ABSENT, KEY],
      body: body('The whole of it; null is as if a field were not there', documentSchema),
      answers: {
        ...UPDATED,
        201: json('It was not there before', changedAnswer, { ...CHANGED, Location: header('Where it is read') }),
      },
    }),
    refusals: { ...refusals, ...UNREADABLE },
  };
};

export const documents = (): Operation[] => [
  {
    method: 'GET',
    path: '/documents',
    tag: 'documents',
    summary: 'A document as it is durable, with its version',
    parameters: [ID, inHeader('If-None-Match', 'The version that one has')],
    answers: {
      200: json('As it would be put', givenAnswer, { ...REQUEST_ID, ...VERSION }),
      304: { description: 'It has that version still', headers: { ...REQUEST_ID, ...VERSION } },
    },
    refusals: { 400: REFUSALS[400]!, 404: REFUSALS[404]!, 503: 'The index is damaged, or the server is shutting down' },
  },
  put(),
  change({
    method: 'PATCH',
    summary: 'The named fields are these from now on; a text takes the place of an html that is not named',
    parameters: [WAIT, MATCH, KEY],
    body: body('The id, and what is to be another; null takes a field away', documentChangeSchema),
    answers: UPDATED,
    refusals: UNREADABLE,
  }),
  change({
    method: 'DELETE',
    summary: 'The document is no more',
    parameters: [ID, WAIT, MATCH, KEY],
    answers: {
      204: { description: 'It is gone', headers: GONE },
    },
  }),
  {
    method: 'POST',
    path: '/documents/bulk',
    tag: 'documents',
    summary: 'Many changes, each for itself, with one wait for the disk: an outcome for each line in its order',
    parameters: [WAIT],
    body: {
      description: 'JSON lines: one operation each; empty lines are passed over',
      required: true,
      content: content([...LINES_TYPES, 'application/x-www-form-urlencoded'], inputOf(operationSchema)),
    },
    answers: {
      200: {
        description: 'JSON lines: what became of each; the statuses are those of single requests',
        headers: { ...REQUEST_ID, ...VISIBLE },
        content: content([LINES_TYPES[0]], outputOf(outcomeLine)),
      },
    },
    refusals: {
      ...NOT_NOW,
      400: 'There is no operation, or a parameter is not right',
      415: 'The body is no JSON lines',
    },
  },
];

const acceptedAnswer = z.strictObject({ accepted: z.literal(true), type: z.string(), id: z.int() });

export const webhookOperation = ({ sync }: Config): Operation => ({
  method: 'POST',
  path: '/webhook/wordpress',
  tag: 'documents',
  summary: 'A site tells that a post changed; it is fetched from there, and put or deleted as it is',
  parameters: [
    {
      ...inHeader(
        'X-WP-Chat-Signature',
        't=SECONDS,v1=HEX: HMAC-SHA256 of the seconds, a dot and the body, under the secret',
      ),
      required: true,
    },
  ],
  body: body('Which post', webhookSchema(namesIn(sync.types))),
  answers: { 202: json('It will be fetched', acceptedAnswer, REQUEST_ID) },
  refusals: {
    400: 'A field, or the body, is not right; or a key stands in the address',
    401: 'The signature is not good, or too old',
    ...UNREADABLE,
    503: 'As many posts wait as may',
  },
  headers: { 'WWW-Authenticate': header('With 401') },
});
