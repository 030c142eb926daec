/** Small generations to publish: real files, real checksums. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  beginGeneration,
  checksums,
  INDEX_FORMAT,
  type Manifest,
  publishGeneration,
} from '../../../engine/store/index.ts';

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export async function manifestOf(folder: string, generation: string): Promise<Manifest> {
  return {
    format: INDEX_FORMAT,
    generation,
    createdAt: new Date(START_MS).toISOString(),
    source: 'posts.jsonl',
    counts: { posts: 1, passages: 2, vectors: 0, terms: 3, postings: 4 },
    analysis: { language: 'en', version: 1, unicode: '15.1' },
    bm25: { k1: 0.9, b: 0.4 },
    embedder: null,
    reranker: null,
    tokenBytes: 2,
    graph: null,
    files: await checksums(folder),
  };
}

/** A folder with everything but a manifest. */
export function draft(index: string, wallMs: number, content = 'words'): { name: string; folder: string } {
  const begun = beginGeneration(index, wallMs);
  writeFileSync(join(begun.folder, 'documents.bin'), `${content} of ${begun.name}`);
  writeFileSync(join(begun.folder, 'posts.bin'), new Uint8Array(300).fill(7));
  return begun;
}

export async function publish(index: string, wallMs = START_MS): Promise<string> {
  const { name, folder } = draft(index, wallMs);
  publishGeneration(index, folder, await manifestOf(folder, name));
  return name;
}
