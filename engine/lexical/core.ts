/** The compiled core over a shared memory: which functions does it export? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** See assembly/index.ts. Addresses are unsigned, though WebAssembly hands them out as signed numbers. */
export interface Core {
  attach(scratchAt: number): void;
  search(terms: number, k: number, kthPlace: number, masked: number): number;
  score(terms: number, ids: number): void;
  frequency(record: number, document: number): number;
}

/** Compiles and instantiates the SIMD or the scalar build. Takes some milliseconds. */
export function instantiateCore(memory: WebAssembly.Memory, simd: boolean): Core {
  const path = join(packageRoot, 'engine', 'lexical', 'wasm', simd ? 'bm25.simd.wasm' : 'bm25.scalar.wasm');
  const module = new WebAssembly.Module(readFileSync(path));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Core;
}
