/** Journals in a folder of a simulated disk, with salts that are the same in every run. */
import { createHash } from 'node:crypto';
import { type Coverage, type Journal, openJournal, type Recovery } from '../../../engine/journal/index.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import type { Tree } from '../../support/disk/tree.ts';

export const FOLDER = 'journal';

/** Others at each call. */
let calls = 0;
const salts = (bytes: number): Uint8Array => createHash('sha256').update(`salt ${calls++}`).digest().subarray(0, bytes);

export interface OpenedForTest {
  readonly journal: Journal;
  readonly recovery: Recovery;
  /** As texts, by sequence. */
  readonly records: ReadonlyMap<number, string>;
  /** Appends texts in one frame. */
  readonly append: (...texts: string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function open(
  disk: Disk,
  settings: { segmentBytesMax?: number; covered?: Coverage | null } = {},
): Promise<OpenedForTest> {
  const { segmentBytesMax = 1e6, covered = null } = settings;
  const records = new Map<number, string>();
  const { journal, recovery, close } = await openJournal({
    folder: FOLDER,
    segmentBytesMax,
    covered,
    take: (record, { sequence }) => records.set(sequence, Buffer.from(record).toString()),
    listener: { durable: () => {}, refused: () => {} },
    writer: 'inline',
    disk,
    random: salts,
  });
  const append = async (...texts: string[]): Promise<void> => {
    await Promise.all(texts.map((text) => journal.append(Buffer.from(text)).durable));
  };
  return { journal, recovery, records, append, close };
}

/** Numbers of the files that are segments. */
export function segmentsOf(disk: Disk): number[] {
  const names = disk.look(FOLDER) === null ? [] : disk.list(FOLDER);
  return names.flatMap((name) => (/^\d+\.log$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

export const fileOf = (number: number): string => `${FOLDER}/${String(number).padStart(10, '0')}.log`;

/** Texts in the order of their sequences. */
export const textsOf = ({ records }: OpenedForTest): string[] => [...records.values()];

/** What another process finds when this one is gone without a word. */
export function abandoned(disk: SimulatedDisk): SimulatedDisk {
  return new SimulatedDisk(withoutLock(disk.tree));
}

/** The process that held the lock is gone. */
export function withoutLock(tree: Tree): Tree {
  return new Map(
    [...tree].flatMap(([name, node]): [string, Uint8Array | Tree][] => {
      if (node instanceof Uint8Array) return name === 'LOCK' ? [] : [[name, node]];
      return [[name, withoutLock(node)]];
    }),
  );
}
