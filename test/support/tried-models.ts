/** A folder of models: those that ship, and others made of them for experiments to try. */

import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { scratchFolder } from './scratch.ts';

const shipped = join(packageRoot, 'data/models');

type Card = { name: string; sha256: Record<string, string> } & Record<string, unknown>;

/** `wp-chat-rerank-tried`: the shipped reranker, with another weight in the blend. `other-embedder`: the same vectors, another file. */
export function triedModels(): string {
  const folder = scratchFolder();
  for (const name of readdirSync(shipped)) symlinkSync(join(shipped, name), join(folder, name));
  copyOf(folder, 'wp-chat-rerank-en', 'wp-chat-rerank-tried', (card) => ({
    ...card,
    interpolation: {
      ...(card['interpolation'] as object),
      over_fusion: { cross_encoder: 0.9, first_stage: 0.1 },
      over_bm25: { cross_encoder: 0.9, first_stage: 0.1 },
    },
  }));
  copyOf(folder, 'all-minilm-l6-v2', 'other-embedder', (card, to) => {
    const file = join(to, 'model_int8.onnx');
    // Field 6 of the graph's file is its documentation: nothing that computes.
    appendFileSync(file, Buffer.from([0x32, 2, 0x6f, 0x6b]));
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    return { ...card, sha256: { ...card.sha256, 'model_int8.onnx': sha256 } };
  });
  return folder;
}

function copyOf(folder: string, from: string, name: string, changed: (card: Card, to: string) => Card): void {
  const to = join(folder, name);
  mkdirSync(to);
  cpSync(join(shipped, from), to, { recursive: true });
  const card = JSON.parse(readFileSync(join(to, 'model.json'), 'utf8')) as Card;
  writeFileSync(join(to, 'model.json'), JSON.stringify({ ...changed(card, to), name }));
}
