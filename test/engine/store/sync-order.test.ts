/** The real thing, watched by the kernel: are data synced before the rename, and the folder after it? */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { scratchFolder } from '../../support/scratch.ts';

const TRACER = 'strace';
const store = join(packageRoot, 'dist/engine/store/index.js');
const PROGRAM = `
const store = await import(process.argv[1]);
const { writeFileSync } = await import('node:fs');
const index = process.argv[2];
for (const second of [0, 1]) {
  const { name, folder } = store.beginGeneration(index, second * 1000);
  writeFileSync(folder + '/documents.bin', 'words of ' + name);
  store.publishGeneration(index, folder, { format: store.INDEX_FORMAT, generation: name, files: await store.checksums(folder) });
}
store.pruneGenerations(index, 1);
`;

const canTrace = spawnSync(TRACER, ['-f', '-o', '/dev/null', 'true']).status === 0 && existsSync(store);
if (!canTrace) process.stdout.write('Skipped: strace is not installed or not allowed, or the project is not built\n');

/** System calls on names, in order, as `fsync generations/NAME/documents.bin`. */
function traced(index: string): string[] {
  const log = join(scratchFolder(), 'trace');
  const filter = 'trace=fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir';
  const words = [
    '-f',
    '-y',
    '-o',
    log,
    '-e',
    filter,
    process.execPath,
    '--input-type=module',
    '-e',
    PROGRAM,
    '--',
    store,
    index,
  ];
  const { status, stderr } = spawnSync(TRACER, words, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(index) && line.endsWith('= 0'))
    .map((line) => {
      const [, call = '', rest = ''] = /^\d+\s+(\w+)\((.*)\)/.exec(line) ?? [];
      const paths = [...rest.matchAll(/[<"]([^<>"]+)[>"]/g)].map(([, path]) =>
        path!.replace(index, '').replace(/^\//, ''),
      );
      return [call, ...paths.filter((path) => !path.startsWith(packageRoot))].join(' ');
    });
}

it.runIf(canTrace)(
  'data, then the name, then the folder; and no file goes before its generation has lost its name',
  () => {
    const one = '19700101-000000';
    const two = '19700101-000001';
    const publishing = (name: string): string[] => [
      `mkdir generations/${name}.part`,
      `fsync generations/${name}.part/manifest.json`,
      `fsync generations/${name}.part/documents.bin`,
      `fsync generations/${name}.part`,
      `rename generations/${name}.part generations/${name}`,
      'fsync generations',
      'fsync CURRENT.part',
      'rename CURRENT.part CURRENT',
      'fsync ',
    ];
    expect(traced(join(scratchFolder(), 'index'))).toEqual([
      'mkdir ',
      'mkdir generations',
      'fsync ',
      ...publishing(one),
      ...publishing(two),
      `rename generations/${one} generations/${one}.part`,
      'fsync generations',
      `unlink generations/${one}.part/documents.bin`,
      `unlink generations/${one}.part/manifest.json`,
      `rmdir generations/${one}.part`,
    ]);
  },
);
