/**
 * Which generation serves? `CURRENT` says it in two lines:
 *
 * ```text
 * 20261128-072105
 * manifest SHA256
 * ```
 * The second is the checksum at the end of that generation's manifest, so that a damaged digit of a name is not taken for
 * another generation. A pointer of format 1, or one that an operator wrote, has the first line only.
 */
import { join } from 'node:path';
import { type Disk, isDiskError, machineDisk, replaceFile } from './disk/index.ts';

export const POINTER_FILE = 'CURRENT';

export interface Pointer {
  readonly name: string;
  /** Null where the pointer has none; any text where the line is not as it is written. */
  readonly seal: string | null;
}

/** Null where there is no pointer. @throws disk errors other than that */
export function readPointer(disk: Disk, index: string): Pointer | null {
  let text: string;
  try {
    text = new TextDecoder().decode(disk.read(join(index, POINTER_FILE)));
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
  const [name, ...rest] = text.trimEnd().split('\n');
  const second = rest.join('\n');
  return { name: name!, seal: second === '' ? null : (/^manifest ([0-9a-f]{64})$/.exec(second)?.[1] ?? second) };
}

/** The serving generation's name; null where there is none that could be read. */
export function currentGeneration(index: string, disk: Disk = machineDisk): string | null {
  try {
    return readPointer(disk, index)?.name ?? null;
  } catch {
    return null;
  }
}

/** Durable when it returns; until then the old generation serves. */
export function writePointer(disk: Disk, index: string, { name, seal }: { name: string; seal: string }): void {
  replaceFile(disk, join(index, POINTER_FILE), new TextEncoder().encode(`${name}\nmanifest ${seal}\n`));
}
