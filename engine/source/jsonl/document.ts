/**
 * One document as an interface takes it and gives it back: the fields of a JSONL record, each of them right, and no others. What a file
 * may get wrong without losing its post is refused here, since whoever sends it hears of it.
 */
import * as z from 'zod';
import type { SourcePost } from '../types.ts';
import { postOf, RECORD_FIELDS, RECORD_ID, type RecordFields } from './record.ts';

type Shape = typeof RECORD_FIELDS;
type Nullish = { readonly [K in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[K]>> };

const nullish = Object.fromEntries(
  Object.entries(RECORD_FIELDS).map(([field, schema]) => [field, schema.nullish()]),
) as unknown as Nullish;

/** A whole document; null counts as absent. */
export const documentSchema = z
  .strictObject({ id: RECORD_ID, ...nullish })
  .refine(({ html, text }) => (html ?? text ?? null) !== null, { path: ['text'], error: 'text or html' })
  .transform(({ id, ...fields }): SourcePost => postOf(id, fields));

/** What of a document is to be another from now on; null takes a field away. */
export interface DocumentChange {
  readonly id: string;
  readonly fields: Partial<Omit<SourcePost, 'id'>>;
}

export const documentChangeSchema = z
  .strictObject({ id: RECORD_ID, ...nullish })
  .refine((change) => Object.keys(change).length > 1, { error: 'at least one field that is to change' })
  .transform(({ id, ...fields }): DocumentChange => ({ id, fields: fieldsOf(fields) }));

const NAMES = {
  title: 'title',
  html: 'html',
  text: 'text',
  url: 'url',
  date: 'dateMs',
  modified: 'modifiedMs',
  author: 'author',
  categories: 'categories',
  tags: 'tags',
  type: 'type',
  lang: 'lang',
} as const satisfies Record<keyof Shape, keyof SourcePost>;

/** Those that are named, as a whole document would have them. */
function fieldsOf(fields: RecordFields): DocumentChange['fields'] {
  const post = postOf('', fields);
  const named = Object.keys(fields) as (keyof Shape)[];
  return Object.fromEntries(named.map((field) => [NAMES[field], post[NAMES[field]]]));
}

/** As {@link documentSchema} takes it. */
export interface DocumentRecord {
  readonly id: string;
  readonly title: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly url: string;
  readonly date: string | null;
  readonly modified: string | null;
  readonly author: string | null;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  readonly type: string;
  readonly lang: string | null;
}

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function recordOf({ dateMs, modifiedMs, ...post }: SourcePost): DocumentRecord {
  const { id, title, html, text, url, ...rest } = post;
  return { id, title, html, text, url, date: isoOf(dateMs), modified: isoOf(modifiedMs), ...rest };
}
