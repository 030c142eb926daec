/** How is an operator's address described: JSON that comes, JSON that is answered, and what is refused? */
import type { z } from 'zod';
import { content, header, inputOf, type Json, type Operation, outputOf } from './openapi-schema.ts';

export const JSON_TYPE = ['application/json'] as const;
export const NO_STORE: Json = { 'Cache-Control': header('no-store') };
const REQUEST_ID: Json = { 'X-Request-Id': header('Of this request') };

export const done = (description: string, answer: z.ZodType): Operation['answers'] => ({
  200: {
    description,
    headers: { ...REQUEST_ID, ...NO_STORE },
    content: content(JSON_TYPE, outputOf(answer)),
  },
});

/** It goes on after the answer. */
export const begun = (answer: z.ZodType): Operation['answers'] => ({ 202: done('It was begun', answer)[200]! });

/** A body that says so itself, or that curl -d sends without saying. */
export const act = (path: string, summary: string, input: z.ZodType, answer: z.ZodType): Operation => ({
  method: 'POST',
  path,
  tag: 'operations',
  summary,
  body: {
    description: 'JSON under any of these names; absent where nothing is required',
    content: content(['application/json', 'application/x-www-form-urlencoded', 'application/msgpack'], inputOf(input)),
  },
  answers: done('What was done', answer),
  refusals: {
    400: 'A field, or the body, is not right; or a key stands in the address',
    415: 'The body is neither JSON nor MessagePack',
  },
});

export const BAD_PARAMETER = 'A parameter is not right; which, and what was expected; or a key stands in the address';
