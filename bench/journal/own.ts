/** Our own upserts: through the living documents and their journal, and what the bare disk gives. */
import { join } from 'node:path';
import { Changes, type ChangesSettings } from '../../engine/changes/index.ts';
import { systemClock } from '../../engine/clock.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { machineDisk } from '../../engine/store/disk/index.ts';
import { percentile } from '../harness/rounds.ts';

const SETTINGS: ChangesSettings = {
  documentsMax: 100_000,
  bytesMax: 1e9,
  documentBytesMax: 1e6,
  segmentBytesMax: 16 * 1024 * 1024,
  keysMax: 1000,
  keyAgeMsMax: 1000,
};

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Of a revision, counted from 0: each upsert has another one, so that none leaves a document as it was. */
export const titleOf = (revision: number): string => `Revision ${String(revision).padStart(10, '0')}`;

/** Upserts of this process. */
let upserts = 0;

const nowMs = (): number => systemClock.nowUs() / 1000;

export async function openOwn(folder: string, writer: 'thread' | 'inline'): Promise<Changes> {
  const base = {
    version: async () => null,
    document: async (id: string): Promise<never> => {
      throw new Error(`Nothing is in the generation: ${id}`);
    },
  };
  const { changes } = await Changes.open({
    folder,
    settings: SETTINGS,
    covered: null,
    base,
    clock: systemClock,
    journal: { writer },
  });
  return changes;
}

/** So many clients, each of which asks again when it has its answer. */
export async function ownRate(
  changes: Changes,
  documents: readonly SourcePost[],
  { writers, seconds }: { writers: number; seconds: number },
): Promise<Measured> {
  const times: number[] = [];
  const startMs = nowMs();
  const endMs = startMs + seconds * 1000;
  const client = async (): Promise<void> => {
    for (let askedMs = nowMs(); askedMs < endMs; askedMs = nowMs()) {
      const document = { ...documents[upserts % documents.length]!, title: titleOf(upserts++) };
      const { kind } = await changes.apply({ kind: 'put', document, ifVersion: null, key: null });
      if (kind !== 'created' && kind !== 'updated') throw new Error(`Not upserted: ${kind}`);
      times.push(nowMs() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: writers }, client));
  const perSecond = times.length / ((nowMs() - startMs) / 1000);
  times.sort((a, b) => a - b);
  return { perSecond, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}

/** What the disk gives to whoever writes the same bytes to a file and syncs them, one document after another. */
export function bareRate(folder: string, documents: readonly Uint8Array[], seconds: number): number {
  const path = join(folder, 'bare');
  const output = machineDisk.open(path, 'create');
  const startMs = nowMs();
  let written = 0;
  for (; nowMs() - startMs < seconds * 1000; written++) {
    output.write(documents[written % documents.length]!);
    output.sync();
  }
  const perSecond = written / ((nowMs() - startMs) / 1000);
  output.close();
  machineDisk.unlink(path);
  return perSecond;
}
