/**
 * Compiles the BM25 core twice, with and without SIMD, into ../wasm. Run: node engine/lexical/assembly/build.mjs
 *
 * The memory is imported, shared, and may grow to 4 GiB; the modules hold no data of their own. binaryen runs once more
 * over asc's output, since asc does not let one raise the size up to which functions are inlined.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../wasm/', import.meta.url));
const shared = '--importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536 --enable threads';
const common = `index.ts -O3 --converge --noAssert --runtime stub ${shared} --baseDir ${here} --outFile core.wasm`;

async function compile(name, features) {
  let bytes;
  const { error, stderr } = await asc.main([...common.split(' '), ...features], {
    writeFile: (_, contents) => {
      bytes = contents;
    },
  });
  if (error) throw new Error(`Cannot compile ${name}: ${stderr}`, { cause: error });
  const module = binaryen.readBinary(bytes);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  binaryen.setFlexibleInlineMaxSize(120);
  binaryen.setAllowInliningFunctionsWithLoops(true);
  module.optimize();
  const smaller = module.emitBinary();
  await writeFile(`${target}${name}`, smaller);
  return `${name} ${smaller.length} bytes`;
}

await mkdir(target, { recursive: true });
const built = [
  await compile('bm25.simd.wasm', ['--enable', 'simd']),
  await compile('bm25.scalar.wasm', ['--disable', 'simd']),
];
process.stdout.write(`${built.join('\n')}\n`);
