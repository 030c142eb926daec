import { cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RerankCard, readCard } from '../../../engine/models/index.ts';
import { type CrossEncoder, openCrossEncoder } from '../../../engine/rerank/cross-encoder.ts';
import { scratch, shippedModels, tokenizerOf } from '../models/support.ts';

const dir = join(shippedModels, 'wp-chat-rerank-en');

describe('the shipped cross-encoder', () => {
  const tokenizer = tokenizerOf(dir);
  let encoder: CrossEncoder;
  const score = (query: string, passage: string): Promise<number> => {
    const { ids, typeIds } = tokenizer.pair(query, passage);
    return encoder.score(ids, typeIds);
  };
  beforeAll(async () => {
    encoder = await openCrossEncoder((await readCard(dir)) as RerankCard, dir);
  });
  afterAll(() => encoder.close());

  it.each([
    [
      'how long does sourdough need to rise',
      'Let the dough rise for ten to twelve hours in a cool kitchen, until it has doubled.',
      'Our bakery was founded in 1924 and is still run by the same family.',
    ],
    [
      'reset wordpress admin password',
      'If you forgot your password, open the login page and choose Lost your password to get a reset link.',
      'Choose a theme that fits your brand and install it from the Appearance menu.',
    ],
    [
      'what is the capital of France',
      'Paris is the capital and largest city of France.',
      'The river Thames runs through London to the North Sea.',
    ],
    [
      'opening hours on sunday',
      'We are open on Sundays from 10 am to 4 pm.',
      'Shipping within Europe takes three to five working days.',
    ],
  ])('scores the passage that answers "%s" higher', async (query, answer, other) => {
    expect(await score(query, answer)).toBeGreaterThan(await score(query, other));
  });

  it('gives the same pair the same score to the bit, whatever was scored between', async () => {
    const pair = ['update failed', 'When an update fails, delete the .maintenance file and try again.'] as const;
    const first = await score(...pair);
    await score('a', 'b');
    await score('long', 'A long passage about nothing in particular. '.repeat(20));
    expect(await score(...pair)).toBe(first);
    expect(await Promise.all([score('x', 'y'), score(...pair), score('z', 'w')])).toContain(first);
  });

  it('reads the token types: the order of query and passage matters', async () => {
    const { ids, typeIds } = tokenizer.pair('opening hours', 'We are open from ten to four.');
    expect(await encoder.score(ids, new Int32Array(ids.length).fill(0))).not.toBe(await encoder.score(ids, typeIds));
  });

  it('refuses an empty pair, one that is too long, and types of another length', async () => {
    const none = new Int32Array(0);
    await expect(encoder.score(none, none)).rejects.toThrow(RangeError);
    await expect(encoder.score(new Int32Array(257), new Int32Array(257))).rejects.toThrow(RangeError);
    await expect(encoder.score(new Int32Array(4), new Int32Array(3))).rejects.toThrow(RangeError);
  });
});

describe('a damaged cross-encoder', () => {
  it('is refused before it reaches the runtime when it is cut short', async () => {
    const copy = join(scratch(), 'wp-chat-rerank-en');
    cpSync(dir, copy, { recursive: true });
    truncateSync(join(copy, 'model_int8.onnx'), 1_000_000);
    await expect(openCrossEncoder((await readCard(copy)) as RerankCard, copy)).rejects.toMatchObject({
      code: 'model_damaged',
    });
  });
});
