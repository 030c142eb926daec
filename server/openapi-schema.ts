/** From what validates to what is described: the words that all parts of the API description share. */
import { z } from 'zod';
import type { Method } from './http.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What one part says of an operation; who may ask and how it is refused is the same everywhere and added to it. */
export interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly tag: 'search' | 'documents' | 'operations' | 'pages';
  readonly summary: string;
  readonly parameters?: readonly Json[];
  /** The body that is asked for, as an OpenAPI request body. */
  readonly body?: Json;
  /** The answers that are not refusals, by status. */
  readonly answers: Readonly<Record<number, Json>>;
  /** Refusals of this operation alone, by status. */
  readonly refusals?: Readonly<Record<number, string>>;
  /** Headers of its answers, refusals included. */
  readonly headers?: Json;
}

const withoutDialect = ({ $schema: _, ...schema }: Json): Json => schema;

export const inputOf = (schema: z.ZodType): Json =>
  withoutDialect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json);
export const outputOf = (schema: z.ZodType): Json =>
  withoutDialect(z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json);

export const reference = (schema: string): Json => ({ $ref: `#/components/schemas/${schema}` });

export const content = (types: readonly string[], schema: Json): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

export const parameter = (name: string, description: string, schema: Json): Json => ({
  name,
  in: 'query',
  description,
  schema,
});

export const header = (description: string, schema: Json = { type: 'string' }): Json => ({ description, schema });
export const count = (description: string): Json => header(description, { type: 'integer', minimum: 0 });
