import * as z from 'zod';
import { isoDateMs, languageTag, linkAddress } from '../field-values.ts';
import type { SourcePost } from '../types.ts';

export const RECORD_ID = z.union([z.string().trim().min(1).max(512), z.number().int().transform(String)], {
  error: 'a non-empty string or an integer',
});

const text = (charsMax: number) => z.string({ error: 'a string' }).max(charsMax, `at most ${charsMax} characters`);
const date = z
  .string({ error: 'an ISO 8601 date' })
  .transform((value, context) => isoDateMs(value) ?? refuse(context, 'an ISO 8601 date, such as 2024-05-31T12:00:00Z'));
const names = z.union(
  [text(1024).transform((name) => [name]), z.array(text(1024), { error: 'a string or an array of strings' }).max(1000)],
  { error: 'a string or an array of strings' },
);

function refuse(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}

/** What is read of a record; every other field is ignored. null counts as absent, but for the id. */
export const RECORD_FIELDS = {
  title: text(10_000),
  text: text(Number.MAX_SAFE_INTEGER),
  html: text(Number.MAX_SAFE_INTEGER),
  url: text(8192).transform(
    (value, context) => linkAddress(value) ?? refuse(context, 'an http, https or relative address'),
  ),
  date,
  modified: date,
  author: text(1024),
  categories: names,
  tags: names,
  type: text(64).min(1, 'a non-empty string'),
  lang: text(64).transform(
    (value, context) => languageTag(value) ?? refuse(context, 'a BCP 47 language tag, such as en-US'),
  ),
} as const;
const KNOWN_FIELDS = new Set(['id', 'status', 'password', ...Object.keys(RECORD_FIELDS)]);
type Values = { [K in keyof typeof RECORD_FIELDS]: z.infer<(typeof RECORD_FIELDS)[K]> };
type Fields = Partial<Values>;
/** What is left out, or null, is as if it were not there. */
export type RecordFields = { readonly [K in keyof Values]?: Values[K] | null | undefined };

export interface FieldFault {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

export type RecordReading =
  | {
      readonly kind: 'post';
      readonly post: SourcePost;
      /** Fields that could not be read and count as absent. */
      readonly faults: readonly FieldFault[];
      readonly unknownFields: readonly string[];
    }
  /** Marked as not for the public: a `status` other than publish, or a `password`. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'unusable'; readonly id: string | null; readonly fault: FieldFault };

/**
 * A JSONL record as a post. It needs an `id` and a `text` or `html`; any other field that cannot be read is left out and
 * reported. `categories` and `tags` may be one string, which is one name: it is not split.
 */
export function readRecord(value: unknown): RecordReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'unusable', id: null, fault: { field: '', value, expected: 'a JSON object' } };
  }
  const record = value as Readonly<Record<string, unknown>>;
  const parsedId = RECORD_ID.safeParse(record['id']);
  if (!parsedId.success) {
    return {
      kind: 'unusable',
      id: null,
      fault: { field: 'id', value: record['id'], expected: 'a non-empty string or an integer' },
    };
  }
  if (isWithheld(record)) return { kind: 'withheld' };
  const fields: Fields = {};
  const faults: FieldFault[] = [];
  for (const [field, schema] of Object.entries(RECORD_FIELDS)) {
    const given = Object.hasOwn(record, field) ? record[field] : undefined;
    if (given === undefined || given === null) continue;
    const parsed = schema.safeParse(given);
    if (parsed.success) Object.assign(fields, { [field]: parsed.data });
    else faults.push({ field, value: given, expected: parsed.error.issues[0]!.message });
  }
  if (fields.html === undefined && fields.text === undefined) {
    const fault = faults.find(({ field }) => field === 'html' || field === 'text');
    return {
      kind: 'unusable',
      id: parsedId.data,
      fault: fault ?? { field: 'text', value: undefined, expected: 'text or html' },
    };
  }
  const unknownFields = Object.keys(record).filter((field) => !KNOWN_FIELDS.has(field));
  return { kind: 'post', post: postOf(parsedId.data, fields), faults, unknownFields };
}

/** Exports of sites often carry both fields; dropping them as unknown would publish drafts. */
function isWithheld(record: Readonly<Record<string, unknown>>): boolean {
  const { status, password } = record;
  return (status !== undefined && status !== null && status !== 'publish') || (password ?? '') !== '';
}

export function postOf(postId: string, fields: RecordFields): SourcePost {
  return {
    id: postId,
    title: fields.title?.trim() ?? '',
    html: fields.html ?? null,
    text: fields.text ?? null,
    url: fields.url ?? '',
    dateMs: fields.date ?? null,
    modifiedMs: fields.modified ?? null,
    author: fields.author?.trim() || null,
    categories: distinct(fields.categories ?? []),
    tags: distinct(fields.tags ?? []),
    type: fields.type ?? 'post',
    lang: fields.lang ?? null,
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()))].filter((value) => value !== '');
}
