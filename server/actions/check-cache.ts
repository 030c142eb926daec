/** Does the cache give back what it was given, and is there room for what it keeps on the disk? */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SearchOutcome, SearchRequest } from '../../engine/types.ts';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { AnswerCache } from '../cache/index.ts';
import { mebibytes } from './clear-cache.ts';
import { action } from './define.ts';

export interface CheckCacheParts {
  readonly cache: Pick<AnswerCache, 'answer' | 'power' | 'size' | 'spilled'>;
  /** Of the index that answers now. */
  readonly generation: () => string;
  readonly request: () => SearchRequest;
  readonly submit: (request: SearchRequest) => Promise<SearchOutcome>;
  /** Where it keeps answers on the disk, or would. */
  readonly directory: string;
}

const FILES_SHOWN = 50;
const PROBE_BYTES = 4096;

interface Memory {
  readonly ok: boolean;
  readonly said: string;
}

interface Folder {
  readonly path: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly modified: string }[];
  readonly freeBytes: number;
  readonly sizeBytes: number;
  readonly freeInodes: number;
  /** Why nothing can be written and read back there; null where it can. */
  readonly fault: string | null;
}

export const checkCache = (parts: CheckCacheParts): ActionDefinition =>
  action({
    id: 'check_cache',
    title: 'Check the cache',
    about:
      'Asks something twice and sees whether the second answer comes from memory; writes to the folder of the cache and reads it back. Changes nothing.',
    risk: 'none',
    command: 'wp-chat cache status',
    runbookCommand: 'ls -la logs/cache/ && df -h logs/cache/',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({}),
    preview: () => ['One query is asked twice; one small file is written, read and removed'],
    run: async () => {
      const memory = await memoryOf(parts);
      const folder = await folderOf(parts.directory);
      const disk =
        folder.fault === null
          ? `${mebibytes(folder.freeBytes)} of ${mebibytes(folder.sizeBytes)} are free in ${folder.path}`
          : `${folder.path} cannot be used: ${folder.fault}`;
      return {
        changed: false,
        said: `${memory.said}; ${disk}`,
        details: { memory, folder, entries: parts.cache.size.entries, spill: parts.cache.spilled },
      };
    },
  });

async function memoryOf({ cache, generation, request, submit }: CheckCacheParts): Promise<Memory> {
  if (!cache.power.isOn) return { ok: true, said: 'The cache is off' };
  const asked = request();
  const question = { request: asked, generation: generation(), arm: 'control', format: 'json' as const };
  const first = await cache.answer(question, submit, null);
  if (!first.ok) return { ok: false, said: `A real query fails: ${first.outcome.kind}` };
  const second = await cache.answer(question, submit, null);
  const ok = second.use === 'hit' || second.use === 'stale';
  return { ok, said: ok ? 'What was kept is given again' : `What was to be kept was not there: ${second.use}` };
}

async function folderOf(path: string): Promise<Folder> {
  let fault: string | null = null;
  try {
    await mkdir(path, { recursive: true });
    fault = await writeFault(join(path, `.check-${randomBytes(6).toString('hex')}`));
  } catch (error) {
    fault = (error as Error).message;
  }
  const names = (await readdir(path).catch(() => [])).sort().slice(0, FILES_SHOWN);
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtime } = await stat(join(path, name));
      return { name, bytes: size, modified: mtime.toISOString() };
    }),
  ).catch(() => []);
  const room = await statfs(path).catch(() => null);
  return {
    path,
    files,
    freeBytes: room === null ? 0 : room.bavail * room.bsize,
    sizeBytes: room === null ? 0 : room.blocks * room.bsize,
    freeInodes: room?.ffree ?? 0,
    fault,
  };
}

/** What is read back is another file's bytes where a disk lies. */
async function writeFault(path: string): Promise<string | null> {
  const bytes = randomBytes(PROBE_BYTES);
  try {
    await writeFile(path, bytes, { mode: 0o600 });
    return bytes.equals(await readFile(path)) ? null : 'What was written is not what is read';
  } finally {
    await rm(path, { force: true });
  }
}
