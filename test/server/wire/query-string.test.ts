import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQueryString, validateSearch } from '../../../server/wire/index.ts';
import { type RequestBody, requestBody, schema } from './arbitrary-request.ts';

/** The query string a client would write for a body: fields by name, filters beside them, lists repeated or with commas. */
function queryStringOf({ filters = {}, facets, ...fields }: RequestBody): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) parameters.append(name, String(value));
  for (const [name, value] of Object.entries(filters))
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, one);
  if (facets !== undefined) parameters.append('facets', (facets as string[]).join(','));
  return parameters.toString();
}

const read = (input: unknown) => validateSearch(schema, input, 5);

describe('the query string', () => {
  it('gives the same request as the body it was written from', () => {
    fc.assert(
      fc.property(requestBody, (body) => {
        const fromBody = read(body);
        expect(fromBody.ok).toBe(true);
        expect(read(parseQueryString(queryStringOf(body)))).toEqual(fromBody);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['q=a&rerank=1&mmr=0', { rerank: true, diversify: false }],
    ['q=a&facets=tag,category&facets=author', { facets: ['tag', 'category', 'author'] }],
    ['q=a%20b+c', { query: 'a b c' }],
    ['q=a&category=x,y', { filters: expect.objectContaining({ category: ['x,y'] }) }],
    ['q=%F0%9F%94%92', { query: '🔒' }],
  ])('reads %s', (text, expected) => {
    expect(read(parseQueryString(text))).toMatchObject({ ok: true, value: expected });
  });

  it.each(['topk=', 'topk=ten', 'rerank=maybe', 'q=a&q=b', 'topk=1&topk=2', 'nonesuch=1', '__proto__=1', 'filters=x'])(
    'refuses %s',
    (text) => {
      expect(read(parseQueryString(text.startsWith('q=') ? text : `q=a&${text}`)).ok).toBe(false);
    },
  );

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
        expect(typeof read(parseQueryString(text)).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });
});
