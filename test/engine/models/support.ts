import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { packageRoot } from '../../../engine/package-root.ts';

export const shippedModels = join(packageRoot, 'data/models');

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'wp-chat-models-'));

export const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** Tokenises with the model's own tokenizer.json, as the model was trained. */
export function tokenizerOf(dir: string) {
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(join(dir, 'tokenizer.json'), 'utf8')), {});
  return {
    text: (text: string): Int32Array => Int32Array.from(tokenizer.encode(text).ids),
    pair: (query: string, passage: string) => {
      const encoding = tokenizer.encode(query, { text_pair: passage, return_token_type_ids: true });
      return { ids: Int32Array.from(encoding.ids), typeIds: Int32Array.from(encoding.token_type_ids) };
    },
  };
}

/** A valid embed card with the given keys changed; undefined removes one. */
export function embedCard(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'tiny',
    task: 'embed',
    dimensions: 8,
    max_tokens: 16,
    pooling: 'mean',
    normalized: false,
    inputs: ['input_ids'],
    output: 'states',
    quantization: 'none',
    prefixes: { query: '', document: '' },
    license: 'CC0-1.0',
    languages: ['en'],
    ...changes,
  };
}

/** Writes files and, unless null, a card into a new folder `name` and returns its path. */
export function modelFolder(name: string, files: Record<string, Uint8Array | string>, card: unknown): string {
  const dir = join(scratch(), name);
  mkdirSync(dir);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(dir, file), content);
  if (card !== null) writeFileSync(join(dir, 'model.json'), JSON.stringify(card));
  return dir;
}
