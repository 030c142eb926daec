/** On what was it measured? */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { z } from 'zod';

export const machineSchema = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  kernel: z.string(),
  node: z.string(),
  /** ISO 8601. */
  date: z.string(),
  /** Runnable tasks before the benchmark began, averages over 1, 5 and 15 minutes: above the idle machine's, it was not alone. */
  loadBefore: z.array(z.number()),
});

export type MachineFacts = z.infer<typeof machineSchema>;

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    date: new Date().toISOString(),
    loadBefore: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** Length of the kernel's clock tick in /proc; fixed in its interface to user space. */
const TICK_MS = 10;

/** CPU time that a process and its threads have used, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the last bracket may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export interface ProcessMemory {
  /** Pages resident in memory, shared ones included. */
  readonly rssBytes: number;
  /** The same with shared pages counted by their share. */
  readonly pssBytes: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const bytes = (file: string, field: string): number => {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    if (line === null) throw new Error(`No ${field} in /proc/${pid}/${file}`);
    return Number(line[1]) * 1024;
  };
  return { rssBytes: bytes('status', 'VmRSS'), pssBytes: bytes('smaps_rollup', 'Pss') };
}
