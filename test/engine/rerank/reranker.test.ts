import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { type RerankCard, readCard } from '../../../engine/models/index.ts';
import { type CrossEncoder, openCrossEncoder, Reranker } from '../../../engine/rerank/index.ts';
import { type ModelTokenizer, openModelTokenizer } from '../../../engine/text/index.ts';
import { shippedModels } from '../models/support.ts';

const dir = join(shippedModels, 'wp-chat-rerank-en');
const PASSAGES = [
  'If you forgot your password, open the login page and choose Lost your password.',
  'Choose a theme that fits your brand.',
  'Large images make pages slow.',
  'A password should be long.',
];
const QUERY = 'reset my password';
const never = (): boolean => false;

describe('the reranker', () => {
  let encoder: CrossEncoder;
  let tokenizer: ModelTokenizer;
  /** Passages that went through the model, in order. */
  let asked: number[];
  beforeAll(async () => {
    const card = (await readCard(dir)) as RerankCard;
    encoder = await openCrossEncoder(card, dir);
    tokenizer = openModelTokenizer(dir, card);
  });
  afterAll(() => encoder.close());

  function open(cacheEntriesMax: number): Reranker {
    asked = [];
    const passageTokens = (id: number): Int32Array => {
      asked.push(id);
      return tokenizer.encodeWithoutSpecials(PASSAGES[id]!);
    };
    return new Reranker({ encoder, tokenizer, passageTokens, cacheEntriesMax });
  }

  it('gives each passage, in order, the logit that the model gives the pair', async () => {
    const logits = await open(0).score(QUERY, [2, 0, 3, 1], never);
    const expected: number[] = [];
    for (const id of [2, 0, 3, 1]) {
      const pair = tokenizer.pair(
        tokenizer.encodeWithoutSpecials(QUERY),
        tokenizer.encodeWithoutSpecials(PASSAGES[id]!),
      );
      expected.push(await encoder.score(pair.ids, pair.typeIds));
    }
    expect(logits).toEqual(expected);
    expect(logits.indexOf(Math.max(...logits))).toBe(1);
  });

  it('asks the model for a pair once, and again for another query', async () => {
    const reranker = open(100);
    const first = await reranker.score(QUERY, [0, 1], never);
    expect(await reranker.score(QUERY, [1, 0, 2], never)).toEqual([first[1], first[0], expect.any(Number)]);
    expect(asked).toEqual([0, 1, 2]);
    await reranker.score('theme', [0], never);
    expect(asked).toEqual([0, 1, 2, 0]);
  });

  it('forgets the oldest beyond its bound, and all with a bound of 0', async () => {
    const two = open(2);
    await two.score(QUERY, [0, 1, 2], never);
    await two.score(QUERY, [2, 1, 0], never);
    expect(asked).toEqual([0, 1, 2, 0]);
    const none = open(0);
    await none.score(QUERY, [0, 0], never);
    expect(asked).toEqual([0, 0]);
  });

  it('stops before the pair for which there is no time, but still says what it remembers', async () => {
    const reranker = open(100);
    let checks = 0;
    const afterTwo = (): boolean => ++checks > 2;
    const logits = await reranker.score(QUERY, [0, 1, 2, 3], afterTwo);
    expect([logits.length, asked]).toEqual([2, [0, 1]]);
    expect(await reranker.score(QUERY, [1, 0, 3, 2], () => true)).toEqual([logits[1], logits[0]]);
    expect(await reranker.score(QUERY, [3], () => true)).toEqual([]);
    expect(await reranker.score(QUERY, [], never)).toEqual([]);
  });

  it('passes a failure of the model on, and remembers nothing of it', async () => {
    const failure = new EngineError('model_failed', 'Cannot score: worn out');
    let broken = true;
    const fragile: CrossEncoder = {
      ...encoder,
      score: (ids, typeIds) => (broken ? Promise.reject(failure) : encoder.score(ids, typeIds)),
    };
    const passageTokens = (id: number): Int32Array => tokenizer.encodeWithoutSpecials(PASSAGES[id]!);
    const reranker = new Reranker({ encoder: fragile, tokenizer, passageTokens, cacheEntriesMax: 10 });
    await expect(reranker.score(QUERY, [0], never)).rejects.toBe(failure);
    broken = false;
    expect(await reranker.score(QUERY, [0], never)).toEqual(await open(0).score(QUERY, [0], never));
  });

  it('tells name, languages and weights of its card', () => {
    const reranker = open(0);
    expect(reranker.name).toBe('wp-chat-rerank-en');
    expect([reranker.speaks('en'), reranker.speaks('EN-gb'), reranker.speaks('de')]).toEqual([true, true, false]);
    expect([reranker.weightOver('fusion'), reranker.weightOver('bm25')]).toEqual([0.5, 0.7]);
  });
});
