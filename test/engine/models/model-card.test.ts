import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_MODELS, speaks } from '../../../engine/models/index.ts';
import { narrowCard, parseCard } from '../../../engine/models/model-card.ts';
import { embedCard, sha256, shippedModels } from './support.ts';

const shipped = (name: string) => {
  const file = join(shippedModels, name, 'model.json');
  return parseCard(readFileSync(file, 'utf8'), file);
};
const tiny = (changes: Record<string, unknown>) => JSON.stringify(embedCard({ model_file: 'm.onnx', ...changes }));

describe('the cards that ship', () => {
  it('reads the embedder as 384 unit dimensions pooled in the graph', () => {
    expect(shipped('all-minilm-l6-v2')).toMatchObject({
      task: 'embed',
      dimensions: 384,
      pooling: 'in_graph',
      normalized: true,
      tokensMax: 256,
      modelFile: 'model_int8.onnx',
      languages: ['en'],
      firstSeen: [],
    });
  });

  it('reads the cross-encoder with its blend of one half over a fusion and 0.7 over BM25', () => {
    expect(shipped('wp-chat-rerank-en')).toMatchObject({
      task: 'rerank',
      queryTokensMax: 64,
      weightOverFusion: 0.5,
      weightOverBm25: 0.7,
      inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
    });
  });

  it('gives every known model a card of its own that can be read', () => {
    const cards = KNOWN_MODELS.map((known) => narrowCard(known.card, known.card.name));
    expect(new Set(cards.map((card) => card.name)).size).toBe(KNOWN_MODELS.length);
    for (const [index, card] of cards.entries()) {
      const files = KNOWN_MODELS[index]!.files.map((file) => file.path.split('/').at(-1));
      expect(files).toContain(card.modelFile);
      expect(files).toContain(card.tokenizerFile);
    }
  });
});

describe('a wrong card', () => {
  it.each([
    ['a missing key', { dimensions: undefined }, 'dimensions', undefined],
    ['a number out of range', { max_tokens: 4 }, 'max_tokens', 4],
    ['an unknown pooling', { pooling: 'max' }, 'pooling', 'max'],
    ['a nested wrong value', { prefixes: { query: 7, document: '' } }, 'prefixes.query', 7],
    ['a wrong list element', { inputs: ['input_ids', 'pixels'] }, 'inputs.1', 'pixels'],
    ['a key nobody knows', { prefxies: {} }, 'prefxies', {}],
    ['a name with a path in it', { name: '../x' }, 'name', '../x'],
    ['a file outside the folder', { model_file: '../m.onnx' }, 'model_file', '../m.onnx'],
    ['a language that is no tag', { languages: ['English!'] }, 'languages.0', 'English!'],
    ['a task nobody does', { task: 'dream' }, 'task', 'dream'],
    ['more tokens than positions', { max_positions: 8 }, 'max_tokens', 16],
  ])('names file, key, value and what was expected for %s', (_, changes, field, value) => {
    const place = { file: 'a/model.json', field, value, expected: expect.stringMatching(/./) };
    expect(() => parseCard(tiny(changes), 'a/model.json')).toThrow(
      expect.objectContaining({ code: 'model_damaged', place: expect.objectContaining(place) }),
    );
  });

  it('is refused when its file names in sha256 leave the folder', () => {
    expect(() => parseCard(tiny({ sha256: { '../../etc/passwd': sha256('') } }), 'm')).toThrow(/sha256/);
  });

  it('is refused when it does not say which of two graphs to open', () => {
    const card = tiny({ model_file: undefined, sha256: { 'a.onnx': sha256(''), 'b.onnx': sha256('') } });
    expect(() => parseCard(card, 'm')).toThrow(/model_file/);
  });

  it('is refused when it is not JSON', () => {
    expect(() => parseCard('{', 'a/model.json')).toThrow(/^Cannot read model card: .*a\/model\.json$/);
  });

  it('is refused when the weights of a blend do not sum to 1', () => {
    const card = JSON.parse(readFileSync(join(shippedModels, 'wp-chat-rerank-en/model.json'), 'utf8'));
    card.interpolation.over_bm25.first_stage = 0.7;
    expect(() => parseCard(JSON.stringify(card), 'm')).toThrow(
      /interpolation\.over_bm25: expected weights that sum to 1/,
    );
  });
});

describe('languages', () => {
  it('serves every region of a language and no other language', () => {
    const card = parseCard(tiny({ languages: ['pt-BR', 'en'] }), 'm');
    expect(['pt', 'pt-PT', 'EN-us', 'de', 'p'].map((tag) => speaks(card, tag))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('serves every language when it says multilingual', () => {
    expect(speaks(parseCard(tiny({ languages: ['multilingual'] }), 'm'), 'ja')).toBe(true);
  });
});
