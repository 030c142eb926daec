/**
 * What is in a journal that somebody else may be writing to?
 *
 * Nothing is changed. Segments never change but for the last one, which grows by whole frames: what is seen of it up to its last
 * whole frame is what a crash at this moment would have left, all that was acknowledged included.
 */
import { type Disk, isDiskError } from '../store/disk/index.ts';
import { pathOf, readChain } from './chain.ts';
import { damageError } from './damage.ts';
import { nameOf } from './format.ts';
import { type Coverage, type Recovery, recover, type TakeRecord } from './recovery.ts';

export interface SeenSegment {
  /** Of the file, in the journal's folder. */
  readonly name: string;
  readonly path: string;
  /** So many of its bytes count. */
  readonly bytes: number;
}

export interface SeenJournal {
  readonly history: string;
  /** Sequence of its last record, or of the last that there was; the next one is higher. */
  readonly upTo: number;
  readonly records: number;
  /** Those that are on the disk, oldest first. */
  readonly segments: readonly SeenSegment[];
  /** What is not as it was written, in words. */
  readonly damage: readonly string[];
  /** Whether changes are lost by that. */
  readonly lost: boolean;
}

/** A merge may remove segments while they are read: then all is read once more. */
const TRIES = 10;

/**
 * @param begin is called at the beginning, and again where all is read once more: it gives who takes the records
 * @returns null where there is no journal
 * @throws EngineError index_foreign; disk errors
 */
export async function lookAtJournal(
  disk: Disk,
  { folder, covered }: { readonly folder: string; readonly covered: Coverage | null },
  begin: () => TakeRecord,
): Promise<SeenJournal | null> {
  for (let tried = 1; ; tried++) {
    try {
      const seen = await look(disk, folder, covered, begin());
      if (seen === null || (await holds(disk, folder, seen))) return seen;
    } catch (error) {
      if (!isDiskError(error, 'ENOENT') || tried === TRIES) throw error;
    }
  }
}

async function look(
  disk: Disk,
  folder: string,
  covered: Coverage | null,
  take: TakeRecord,
): Promise<SeenJournal | null> {
  let last = 0;
  const recovery = await recover(disk, folder, covered, (record, place) => {
    last = place.sequence;
    take(record, place);
  });
  const { position, records, damage } = recovery;
  if (position.history === null) return null;
  return {
    history: position.history,
    records,
    // The last one may have no record yet, and tell where the next begins.
    upTo: Math.max(last, (position.segments.at(-1)?.firstSequence ?? 1) - 1),
    segments: segmentsOf(folder, recovery),
    damage: damage.map((one) => damageError(one).message),
    lost: damage.some(({ lost }) => lost !== null),
  };
}

const segmentsOf = (folder: string, { position }: Recovery): SeenSegment[] =>
  position.segments.map(({ number, end }) => ({ name: nameOf(number), path: pathOf(folder, number), bytes: end }));

/** Of a frame that the disk refused nothing counts: the next segment, which is begun at once, says where this one ended. */
async function holds(disk: Disk, folder: string, { segments }: SeenJournal): Promise<boolean> {
  const last = segments.at(-1);
  if (last === undefined) return true;
  const { links } = await readChain(disk, folder, () => 0);
  const link = links.find(({ number }) => nameOf(number) === last.name);
  return link === undefined || link.end === null || link.end >= last.bytes;
}
