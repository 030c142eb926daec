/** Bodies that the request schema takes, for property tests. */
import fc from 'fast-check';
import { FACET_FIELDS } from '../../../engine/types.ts';
import { configSchema } from '../../../server/config/schema.ts';
import { searchSchema } from '../../../server/wire/index.ts';

export const config = configSchema.parse({});
export const schema = searchSchema(config);

const words = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom('redis', 'a&b=c', 'a,b', '100 % + more', '?q=x#y', '日本語', 'true', '0'),
);
const query = words.filter((text) => text.trim() !== '');
const values = fc.oneof(words, fc.array(words, { minLength: 2, maxLength: 4 }));
const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const date = fc.oneof(
  day,
  day.map((text) => text.slice(0, 10)),
);

/** In order, so that the span is not empty. */
const inOrder = <Dated extends { date_from?: string; date_to?: string }>(filters: Dated): Dated => {
  const { date_from, date_to } = filters;
  if (date_from === undefined || date_to === undefined || date_from.slice(0, 10) < date_to.slice(0, 10)) return filters;
  return { ...filters, date_from: date_to.slice(0, 10), date_to: date_from.slice(0, 10) };
};

const filters = fc
  .record(
    { category: values, tag: values, author: values, type: values, language: values, date_from: date, date_to: date },
    { requiredKeys: [] },
  )
  .map(inOrder);

const rest = fc.record(
  {
    mode: fc.constantFrom('hybrid', 'dense', 'bm25'),
    rerank: fc.boolean(),
    topk: fc.integer({ min: 1, max: config.retrieval.topkMax }),
    offset: fc.integer({ min: 0, max: 100_000 }),
    filters,
    facets: fc.subarray([...FACET_FIELDS]),
    min_score: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value + 0),
    collapse: fc.constantFrom('post', 'passage'),
    fusion: fc.constantFrom('standardised', 'rrf'),
    mmr: fc.boolean(),
    explain: fc.boolean(),
  },
  { requiredKeys: [] },
);

export type RequestBody = Record<string, unknown> & { filters?: Record<string, string | string[]> };

/** A whole, valid body; the query under either of its names. */
export const requestBody: fc.Arbitrary<RequestBody> = fc
  .tuple(fc.constantFrom('q', 'query'), query, rest)
  .map(([name, text, others]) => ({ [name]: text, ...others }) as RequestBody);
