/** What Linux says of memory: of this process, of those that it started, of its control group, and of those who had to wait for some. */
import { readdir, readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';

export interface MemorySeen {
  readonly process: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly heapTotalBytes: number;
    readonly externalBytes: number;
    readonly arrayBuffersBytes: number;
  };
  readonly machine: { readonly totalBytes: number; readonly availableBytes: number | null };
  /** Null where there is none of version 2. */
  readonly group: {
    readonly limitBytes: number | null;
    readonly currentBytes: number;
    /** How often it ran out, and how often somebody was killed for it. */
    readonly outOfMemory: number;
    readonly killed: number;
  } | null;
  /** Pressure stall information; null where the kernel has none. */
  readonly pressure: { readonly someAvg10Percent: number; readonly fullAvg10Percent: number } | null;
  /** This one and those that it started, biggest first. */
  readonly processes: readonly { readonly pid: number; readonly name: string; readonly rssBytes: number }[];
}

const PROCESSES_SHOWN = 10;
const PAGE_BYTES = 4096;

/** @param root of the file system */
export async function seenMemory(root: string): Promise<MemorySeen> {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return {
    process: {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
    },
    machine: { totalBytes: totalmem(), availableBytes: await availableOf(root) },
    group: await groupOf(root),
    pressure: await pressureOf(root),
    processes: await processesOf(root, process.pid),
  };
}

/** Null where there is no such file. */
const textOf = (...path: string[]): Promise<string | null> => readFile(join(...path), 'utf8').catch(() => null);

async function availableOf(root: string): Promise<number | null> {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec((await textOf(root, 'proc/meminfo')) ?? '');
  return found === null ? null : Number(found[1]) * 1024;
}

async function groupFolder(root: string): Promise<string> {
  const own = /^0::(\/.*)$/m.exec((await textOf(root, 'proc/self/cgroup')) ?? '')?.[1] ?? '/';
  return join(root, 'sys/fs/cgroup', ...own.split('/').filter((name) => name !== '' && name !== '..'));
}

async function groupOf(root: string): Promise<MemorySeen['group']> {
  const folder = await groupFolder(root);
  const current = await textOf(folder, 'memory.current');
  if (current === null) return null;
  const limit = Number((await textOf(folder, 'memory.max'))?.trim());
  const events = (await textOf(folder, 'memory.events')) ?? '';
  const lines = new Map(events.split('\n').map((line) => line.split(' ') as [string, string]));
  const count = (name: string): number => Number(lines.get(name) ?? 0);
  return {
    // 'max' is no number, and stands for none.
    limitBytes: Number.isFinite(limit) ? limit : null,
    currentBytes: Number(current.trim()),
    outOfMemory: count('oom'),
    killed: count('oom_kill'),
  };
}

async function pressureOf(root: string): Promise<MemorySeen['pressure']> {
  const text =
    (await textOf(await groupFolder(root), 'memory.pressure')) ?? (await textOf(root, 'proc/pressure/memory'));
  const some = /^some avg10=([\d.]+)/m.exec(text ?? '');
  const full = /^full avg10=([\d.]+)/m.exec(text ?? '');
  if (some === null) return null;
  return { someAvg10Percent: Number(some[1]), fullAvg10Percent: Number(full?.[1] ?? 0) };
}

async function processesOf(root: string, own: number): Promise<MemorySeen['processes']> {
  const names = await readdir(join(root, 'proc')).catch(() => []);
  const seen = new Map<number, { parent: number; name: string; rssBytes: number }>();
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const text = await textOf(root, 'proc', name, 'stat');
    if (text === null) continue;
    // The name may hold blanks and brackets: what comes after the last one is plain.
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const called = text.slice(text.indexOf('(') + 1, end);
    seen.set(Number(name), { parent: Number(fields[1]), name: called, rssBytes: Number(fields[21]) * PAGE_BYTES });
  }
  const isOurs = (pid: number): boolean => {
    for (let at: number | undefined = pid, steps = 0; at !== undefined && steps < 32; steps++) {
      if (at === own) return true;
      at = seen.get(at)?.parent;
    }
    return false;
  };
  return [...seen]
    .filter(([pid]) => isOurs(pid))
    .map(([pid, { name, rssBytes }]) => ({ pid, name, rssBytes }))
    .sort((a, b) => b.rssBytes - a.rssBytes)
    .slice(0, PROCESSES_SHOWN);
}
