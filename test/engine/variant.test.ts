/** What may a variant be, and what does it change? */
import { describe, expect, it } from 'vitest';
import { engineSchema } from '../../engine/config.ts';
import { EngineError } from '../../engine/errors.ts';
import { keysChanged, parseVariants, patched, VARIANTS_MAX, type Variant } from '../../engine/variant.ts';

const variant = (changes: Readonly<Record<string, unknown>> = {}): Variant =>
  ({
    name: 'a:canary',
    rerank: null,
    retrieval: {},
    reranker: null,
    generation: null,
    ...changes,
  }) as unknown as Variant;

const refused = (variants: unknown): EngineError => {
  try {
    parseVariants(variants);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  return expect.unreachable('It was taken');
};

describe('a variant', () => {
  it.each([
    [{ retrieval: { fusion: { denseWeight: 1.5 } } }, 'retrieval.fusion.denseWeight', 1.5, /1/],
    [{ retrieval: { rerank: { depth: 0 } } }, 'retrieval.rerank.depth', 0, /1/],
    [{ retrieval: { candidates: '50' } }, 'retrieval.candidates', '50', /number/],
    [{ retrieval: { wheel: 4 } }, 'retrieval.wheel', 4, /no such field/],
    [{ retrieval: { bm25: { k1: 1 } } }, 'retrieval.bm25', { k1: 1 }, /whole process/],
    [{ retrieval: { rerank: { cacheEntriesMax: 1 } } }, 'retrieval.rerank.cacheEntriesMax', 1, /whole process/],
    [{ rerank: 'yes' }, 'rerank', 'yes', /boolean/],
    [{ reranker: '../up' }, 'reranker', '../up', /model directory/],
    [{ generation: '' }, 'generation', '', /generation/],
    [{ name: 'with space' }, 'name', 'with space', /letters/],
    [{ colour: 'red' }, 'colour', 'red', /no such field/],
  ])('is refused for %j with the field, its value and what was expected', (changes, field, value, expected) => {
    const error = refused([variant(changes)]);
    expect(error.code).toBe('variant_invalid');
    expect(error.place).toMatchObject({ field, value, expected: expect.stringMatching(expected) });
    expect(error.message).toContain(field);
    expect(error.place.remedy).toContain('nothing was changed');
  });

  it('has a name of its own, and there are not too many', () => {
    expect(refused([variant(), variant()]).place).toMatchObject({ field: 'name', value: 'a:canary' });
    const many = Array.from({ length: VARIANTS_MAX + 1 }, (_, at) => variant({ name: `v${at}` }));
    expect(refused(many).code).toBe('variant_invalid');
    expect(parseVariants(many.slice(1))).toHaveLength(VARIANTS_MAX);
  });

  it('says which settings it changes', () => {
    expect(keysChanged(variant())).toEqual([]);
    const all = variant({
      rerank: false,
      reranker: 'r',
      generation: 'g',
      retrieval: { candidates: 50, fusion: { kind: 'rrf', rrfK: 10 } },
    });
    expect(keysChanged(all)).toEqual([
      'rerank',
      'retrieval.candidates',
      'retrieval.fusion.kind',
      'retrieval.fusion.rrfK',
      'reranker',
      'generation',
    ]);
  });

  it('changes what it names and nothing else, and the later has its way', () => {
    const { retrieval } = engineSchema.parse({});
    const one = variant({ retrieval: { candidates: 50, mmr: { lambda: 0.1 } } });
    const other = variant({ retrieval: { candidates: 60, fusion: { rrfK: 1 } } });
    expect(patched(retrieval, [])).toEqual(retrieval);
    expect(patched(retrieval, [one, other])).toEqual({
      ...retrieval,
      candidates: 60,
      mmr: { ...retrieval.mmr, lambda: 0.1 },
      fusion: { ...retrieval.fusion, rrfK: 1 },
    });
  });
});
