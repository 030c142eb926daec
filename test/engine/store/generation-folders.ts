/** Small generations to publish, on the machine's disk or on another: real files, real checksums. */
import { join } from 'node:path';
import { type Disk, machineDisk } from '../../../engine/store/disk/index.ts';
import {
  beginGeneration,
  checksums,
  INDEX_FORMAT,
  type Manifest,
  publishGeneration,
} from '../../../engine/store/index.ts';

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export async function manifestOf(folder: string, generation: string, disk: Disk = machineDisk): Promise<Manifest> {
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
    files: await checksums(folder, disk),
  };
}

/** A folder with everything but a manifest; nothing in it is synced, as native writers leave it. */
export function draft(
  index: string,
  wallMs: number,
  content = 'words',
  disk: Disk = machineDisk,
): { name: string; folder: string } {
  const begun = beginGeneration(index, wallMs, disk);
  write(disk, join(begun.folder, 'documents.bin'), new TextEncoder().encode(`${content} of ${begun.name}`));
  write(disk, join(begun.folder, 'posts.bin'), new Uint8Array(300).fill(7));
  return begun;
}

export function write(disk: Disk, path: string, bytes: Uint8Array): void {
  const output = disk.open(path, 'create');
  output.write(bytes);
  output.close();
}

export async function publish(
  index: string,
  wallMs = START_MS,
  disk: Disk = machineDisk,
  content = 'words',
): Promise<string> {
  const { name, folder } = draft(index, wallMs, content, disk);
  publishGeneration(index, folder, await manifestOf(folder, name, disk), disk);
  return name;
}
