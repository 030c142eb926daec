/**
 * What serves when the generation that should is damaged? The last good one, and the damaged one is moved aside with the
 * reason beside it. Nothing is deleted, and where nothing good is left nothing is moved either.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { reading, writing } from './access.ts';
import { damagedError, damageOf, type GenerationDamage } from './damage.ts';
import { type Disk, isDiskError, machineDisk, renameSynced, writeSynced } from './disk/index.ts';
import { leasedGenerations } from './leases.ts';
import { lockIndex } from './lock.ts';
import { damagedEntry, folderOf, listGenerations, rootOf } from './names.ts';
import { POINTER_FILE, type Pointer, readPointer, writePointer } from './pointer.ts';
import { type CheckedGeneration, checkGeneration, checkPointed, requireGeneration, requirePointer } from './serving.ts';

/** Why a generation was moved aside; written into its folder. */
export const DAMAGE_FILE = 'damage.json';

export interface Fallback {
  /** What was found wrong, first of all what CURRENT named. Its `file` is CURRENT where the pointer itself was. */
  readonly damage: readonly GenerationDamage[];
  /** Name of the generation that serves instead. */
  readonly serving: string;
  /** Folders in `generations` to which damaged ones were moved. */
  readonly quarantined: readonly string[];
  /** Why CURRENT or a damaged folder stayed where it was; null where all was put right. */
  readonly unmoved: string | null;
}

export interface OpenedGeneration extends CheckedGeneration {
  /** Null where CURRENT names a generation that is whole. */
  readonly fallback: Fallback | null;
}

/**
 * The generation that is to serve, every byte of it checked: the one of CURRENT, else the last good one before it, else any.
 *
 * CURRENT is moved first and the damaged folders after it, each step durable, so a crash between leaves an index that serves.
 * A folder that another process serves stays where it is, since that process opens its files by name.
 *
 * @throws EngineError index_missing | index_foreign | index_damaged where nothing can serve: then about what CURRENT names
 */
export const openServing = (index: string, disk: Disk = machineDisk): Promise<OpenedGeneration> =>
  reading(index, () => open(index, disk));

async function open(index: string, disk: Disk): Promise<OpenedGeneration> {
  const pointer = requirePointer(index, disk);
  try {
    return { ...(await checkPointed(index, pointer, disk)), fallback: null };
  } catch (error) {
    const damage = pointedDamage(error, pointer.name);
    if (damage === null) throw error;
    const good = await lastGood(index, damage, disk);
    if (good === null) throw error;
    const fallback = putRight(index, { ...good, pointer }, disk);
    // Another process published while this one was reading: then that is what serves.
    return fallback === null ? open(index, disk) : { ...good.found, fallback };
  }
}

/**
 * Moves a generation aside in which a verification found something. Where it is the one of CURRENT, the last good one takes its
 * place first; who serves it goes on until he is told to open another.
 *
 * @throws EngineError index_damaged where nothing else could serve: then nothing has changed
 */
export async function setAside(index: string, damage: GenerationDamage, disk: Disk = machineDisk): Promise<Fallback> {
  const pointer = requirePointer(index, disk);
  const good =
    pointer.name === damage.generation
      ? await lastGood(index, damage, disk)
      : { found: requireGeneration(index, pointer.name, disk), damage: [damage] };
  if (good === null) throw damagedError(folderOf(index, damage.generation), damage);
  return putRight(index, { ...good, pointer }, disk) ?? setAside(index, damage, disk);
}

/** What keeps the pointed generation from being opened, where another may take its place; null for all else. */
function pointedDamage(error: unknown, generation: string): GenerationDamage | null {
  const damage = damageOf(error);
  if (damage !== null) return { generation, ...damage };
  if (!(error instanceof EngineError) || !error.place.file?.endsWith(POINTER_FILE)) return null;
  const { expected, value } = error.place;
  return { generation, file: POINTER_FILE, block: null, expected: String(expected), got: String(value) };
}

interface Good {
  readonly found: CheckedGeneration;
  readonly damage: readonly GenerationDamage[];
}

async function lastGood(index: string, first: GenerationDamage, disk: Disk): Promise<Good | null> {
  const damage = [first];
  for (const name of candidates(listGenerations(disk, index).whole, first)) {
    try {
      return { found: await checkGeneration(index, name, disk), damage };
    } catch (error) {
      const own = damageOf(error);
      if (own !== null) damage.push({ generation: name, ...own });
      // One of a format that this version does not open may be good for another: it is passed over.
      else if (!(error instanceof EngineError && error.code === 'index_foreign')) throw error;
    }
  }
  return null;
}

/** Those before the damaged one, the youngest first: what was built after it was not chosen to serve. Then those after it. */
function candidates(whole: readonly string[], { generation, file }: GenerationDamage): string[] {
  const at = whole.indexOf(generation);
  if (at < 0) return whole.toReversed();
  // Where only the pointer is wrong, what it names is as good as any, and nearest to what was meant.
  const self = file === POINTER_FILE ? [generation] : [];
  return [...self, ...whole.slice(0, at).reverse(), ...whole.slice(at + 1).reverse()];
}

/** Null where CURRENT is not any more what was read. */
function putRight(
  index: string,
  { found, damage, pointer }: Good & { readonly pointer: Pointer },
  disk: Disk,
): Fallback | null {
  const serving = found.manifest.generation;
  const quarantined: string[] = [];
  const told = (unmoved: string | null): Fallback => ({ damage, serving, quarantined, unmoved });
  try {
    const unlock = lockIndex(index, disk);
    try {
      const now = readPointer(disk, index);
      if (now?.name !== pointer.name || now.seal !== pointer.seal) return null;
      writing(index, () => writePointer(disk, index, { name: serving, seal: found.seal }));
      const leased = leasedGenerations(index, disk);
      const broken = damage.filter(({ file }) => file !== POINTER_FILE);
      for (const one of broken) {
        if (!leased.has(one.generation)) quarantined.push(quarantine(index, one, disk));
      }
      const stays = broken.map(({ generation }) => generation).filter((name) => leased.has(name));
      return told(stays.length === 0 ? null : `a process still serves ${stays.join(', ')}`);
    } finally {
      unlock();
    }
  } catch (error) {
    if (error instanceof EngineError || isDiskError(error)) return told(error.message);
    throw error;
  }
}

/** Moves a damaged generation aside, durably, and writes the reason into it where the disk still takes it. */
function quarantine(index: string, damage: GenerationDamage, disk: Disk): string {
  const entry = damagedEntry(listGenerations(disk, index), damage.generation);
  writing(index, () => renameSynced(disk, folderOf(index, damage.generation), join(rootOf(index), entry)));
  try {
    const reason = new TextEncoder().encode(`${JSON.stringify(damage, null, 2)}\n`);
    writeSynced(disk, join(rootOf(index), entry, DAMAGE_FILE), reason);
  } catch (error) {
    // The reason is a help; that the folder is out of the way is what counts.
    if (!isDiskError(error)) throw error;
  }
  return entry;
}
