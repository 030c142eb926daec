import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, bytesOf, LentBytes, matches } from '../../../server/cache/answer.ts';
import { keyOf } from '../../../server/cache/answer-key.ts';
import { batchBytes } from '../../../server/cache/batch-bytes.ts';
import { type Decoded, decode, encode, type Format } from '../../../server/wire/index.ts';
import { requestFor, resultFor } from './sample-result.ts';

const FORMATS: readonly Format[] = ['json', 'msgpack'];
const requestId = fc.stringMatching(/^[A-Za-z0-9._-]{1,90}$/);
const readBack = (decoded: Decoded): unknown => (decoded.ok ? decoded.value : decoded.detail);

describe.each(FORMATS)('an answer in %s', (format) => {
  it('is, for every request id, what encoding it anew would say', () => {
    const lent = new LentBytes();
    fc.assert(
      fc.property(requestId, fc.string({ unit: 'grapheme' }), (id, query) => {
        const result = resultFor(query);
        const answer = answerOf(result, requestFor(query), format);
        expect(readBack(decode(bytesOf(answer, id), format, 16))).toEqual({ ...result, requestId: id });
        expect(Buffer.from(lent.of(answer, id)).equals(bytesOf(answer, id))).toBe(true);
      }),
    );
  });

  it('bytes that are lent are right after longer, shorter and other answers', () => {
    const lent = new LentBytes();
    const answers = ['short', 'x'.repeat(3000), 'other'].map((query) =>
      answerOf(resultFor(query), requestFor(query), format),
    );
    for (const at of [0, 1, 0, 0, 2, 1, 1, 0])
      for (const id of ['a', 'a-longer-one', 'b', 'c'.repeat(64)])
        expect(Buffer.from(lent.of(answers[at]!, id)).equals(bytesOf(answers[at]!, id))).toBe(true);
  });

  it('batches of any number of them read as a list', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 40 }), (texts) => {
        const parts = texts.map((text) => Buffer.from(encode({ text }, format)));
        expect(readBack(decode(batchBytes(parts, format), format, 16))).toEqual({
          results: texts.map((text) => ({ text })),
        });
      }),
    );
  });
});

const etagOf = (more: Parameters<typeof resultFor>[1], format: Format = 'json'): string =>
  answerOf(resultFor('q', more), requestFor('q'), format).etag;

describe('an entity tag', () => {
  it('changes with what the answer says and with the format, not with how long it took', () => {
    expect(etagOf({})).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    const { timings } = resultFor('q');
    expect(etagOf({ timings: { ...timings, totalMs: 99 } })).toBe(etagOf({}));
    for (const other of [{ total: 2 }, { generation: 'two' }, { hits: [] }, { degraded: ['rerank_failed' as const] }])
      expect(etagOf(other)).not.toBe(etagOf({}));
    expect(etagOf({}, 'msgpack')).not.toBe(etagOf({}));
  });

  it.each([
    ['"a"', true],
    ['*', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    [' "b" ,W/"a" ', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    ['"a', false],
  ])('If-None-Match: %s names "a": %s', (header, named) => {
    expect(matches(header, '"a"')).toBe(named);
  });
});

describe('a key', () => {
  const base = { request: requestFor('q'), generation: 'one', arm: 'control', format: 'json' as const };
  const with_ = (more: Parameters<typeof requestFor>[1]) => ({ ...base, request: requestFor('q', more) });

  it('is another for every field that an answer depends on', () => {
    const { filters } = base.request;
    const others = [
      { ...base, generation: 'two' },
      { ...base, arm: 'canary' },
      { ...base, format: 'msgpack' as const },
      { ...base, request: requestFor('Q') },
      with_({ mode: 'bm25' }),
      with_({ rerank: false }),
      with_({ topk: 11 }),
      with_({ offset: 1 }),
      with_({ facets: ['tag'] }),
      with_({ minScore: 0 }),
      with_({ collapse: 'passage' }),
      with_({ fusion: 'rrf' }),
      with_({ diversify: true }),
      with_({ explain: true }),
      with_({ filters: { ...filters, tag: ['a'] } }),
      with_({ filters: { ...filters, category: ['a'] } }),
      with_({ filters: { ...filters, dateFromMs: 5 } }),
      with_({ filters: { ...filters, dateToMs: 5 } }),
    ];
    expect(new Set([base, ...others].map(keyOf)).size).toBe(others.length + 1);
  });

  it('is the same whatever the deadline, and however alternatives are listed', () => {
    expect(keyOf(with_({ deadlineAtMs: 1 }))).toBe(keyOf(with_({ deadlineAtMs: null })));
    const { filters } = base.request;
    const listed = (tag: string[]) => keyOf(with_({ filters: { ...filters, tag } }));
    expect(listed(['b', 'a', 'b'])).toBe(listed(['a', 'b']));
  });
});
