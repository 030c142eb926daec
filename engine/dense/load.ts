import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { GraphSettings } from './graph.ts';
import { readVectorLayout } from './vector-file.ts';
import { type SharedVectors, scratchBytesFor } from './vectors.ts';

const PAGE_BYTES = 65_536;

/**
 * Reads the vectors once into memory that all workers share, with a scratch area for each.
 *
 * @param path a verified `vectors.i8`
 * @param graph how to open the graph, or null without one
 */
export function loadVectors(
  path: string,
  graph: { path: string; settings: GraphSettings } | null,
  workersMax: number,
): SharedVectors {
  const fd = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(fd).size;
    const header = new Uint8Array(64);
    readSync(fd, header, 0, 64, 0);
    const layout = readVectorLayout(header, fileBytes, path);
    const scratchAt = Math.ceil(fileBytes / 64) * 64;
    const scratchBytes = Math.ceil(scratchBytesFor(layout) / 64) * 64;
    const pages = Math.ceil((scratchAt + scratchBytes * workersMax) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const bytes = new Uint8Array(memory.buffer, 0, fileBytes);
    for (let at = 0; at < fileBytes; ) {
      const read = readSync(fd, bytes, at, Math.min(fileBytes - at, 2 ** 30), at);
      assert(read > 0, `A verified file became shorter while it was read: ${path}`);
      at += read;
    }
    return { memory, layout, scratchAt, scratchBytes, graph };
  } finally {
    closeSync(fd);
  }
}
