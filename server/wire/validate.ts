/** A parsed body or query string → a {@link SearchRequest}, or what is wrong with it, field by field. */
import type { core, z } from 'zod';
import type { SearchFilters, SearchRequest } from '../../engine/types.ts';
import type { FieldFault } from './problem.ts';
import type { SearchInput, SearchSchema } from './request-schema.ts';

export type Validated<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** Characters of a refused value, or of the name of its field, that are shown. */
const SHOWN_CHARS = 100;
/** Faults that are told; a last one counts the rest. */
const FAULTS_MAX = 20;
const DAY_MS = 86_400_000;
/** Half of a surrogate pair is no character: not every reader of the answer could take it back. */
const HALF_PAIR = /\p{Surrogate}/gu;

export function validate<Value>(schema: z.ZodType<Value>, input: unknown): Validated<Value> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, faults: firstOf(parsed.error.issues.flatMap((issue) => faultsOf(issue, input))) };
}

/** A question, and who asks it, where it says so itself. */
export type ValidatedSearch =
  | { readonly ok: true; readonly value: SearchRequest; readonly userId: string | undefined }
  | Extract<Validated<SearchRequest>, { ok: false }>;

export function validateSearch(schema: SearchSchema, input: unknown, deadlineAtMs: number): ValidatedSearch {
  const validated = validate(schema, input);
  if (!validated.ok) return validated;
  const { query, q, filters, min_score, mmr, user_id: userId, ...rest } = validated.value;
  const narrowed = narrowFilters(filters);
  if (isEmptySpan(narrowed)) {
    return {
      ok: false,
      faults: [{ field: 'filters.date_to', value: filters.date_to, expected: 'a date that is not before date_from' }],
    };
  }
  return {
    ok: true,
    userId,
    value: {
      ...rest,
      query: (query ?? q)!.replaceAll(HALF_PAIR, '\ufffd'),
      filters: narrowed,
      minScore: min_score,
      diversify: mmr,
      candidatesMax: null,
      rerankDepthMax: null,
      variants: [],
      deadlineAtMs,
    },
  };
}

function narrowFilters({ date_from, date_to, ...fields }: SearchInput['filters']): SearchFilters {
  return {
    ...fields,
    dateFromMs: date_from === null ? null : Date.parse(date_from),
    dateToMs: date_to === null ? null : endOf(date_to),
  };
}

const isEmptySpan = ({ dateFromMs, dateToMs }: SearchFilters): boolean =>
  dateFromMs !== null && dateToMs !== null && dateFromMs > dateToMs;

/** A date alone means the whole day. */
const endOf = (date: string): number => Date.parse(date) + (date.includes('T') ? 0 : DAY_MS - 1);

function firstOf(faults: readonly FieldFault[]): FieldFault[] {
  const told = faults.slice(0, FAULTS_MAX).map((fault) => ({ ...fault, field: cut(fault.field, SHOWN_CHARS - 1) }));
  const more = faults.length - told.length;
  return more === 0 ? told : [...told, { field: 'body', value: null, expected: `no such faults, and ${more} more` }];
}

function faultsOf(issue: core.$ZodIssue, input: unknown): FieldFault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, key].join('.'),
      value: shown(valueAt(input, [...path, key])),
      expected: 'no such field',
    }));
  }
  return [{ field: path.join('.') || 'body', value: shown(valueAt(input, path)), expected: expectation(issue) }];
}

function expectation(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? `at most ${issue.maximum} characters`
        : issue.origin === 'array'
          ? `at most ${issue.maximum} values`
          : `at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string' ? `at least ${issue.minimum} character` : `at least ${issue.minimum}`;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'invalid_type':
      return issue.expected === 'int'
        ? 'a whole number'
        : `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_union':
      return issue.message.replace(/^expected /, '');
    default:
      return issue.message;
  }
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The value as it came, cut where it is long; absent values are null, so that the member is always there. */
function shown(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return cut(text);
}

const cut = (text: string, chars = SHOWN_CHARS): string => (text.length > chars ? `${text.slice(0, chars)}…` : text);
