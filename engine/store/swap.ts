/** Another generation is to serve: the pointer moves when every byte of it has been checked. */
import { reading, writing } from './access.ts';
import { type Disk, machineDisk } from './disk/index.ts';
import { lockIndex } from './lock.ts';
import { writePointer } from './pointer.ts';
import { type CheckedGeneration, checkGeneration } from './serving.ts';

/**
 * Points CURRENT at a generation that is there. Durable when it is done; a server goes over to it when it looks at CURRENT next.
 *
 * @throws EngineError index_missing | index_foreign | index_damaged | index_busy | index_unwritable; then nothing has changed
 */
export async function swapGeneration(
  index: string,
  name: string,
  disk: Disk = machineDisk,
): Promise<CheckedGeneration> {
  const unlock = lockIndex(index, disk);
  try {
    const found = await reading(index, () => checkGeneration(index, name, disk));
    writing(index, () => writePointer(disk, index, { name, seal: found.seal }));
    return found;
  } finally {
    unlock();
  }
}

/**
 * The same, of a generation that serves already and was checked for that.
 *
 * @param seal what the check gave
 * @throws EngineError index_busy | index_unwritable
 */
export function pointAtServing(index: string, name: string, seal: string, disk: Disk = machineDisk): void {
  const unlock = lockIndex(index, disk);
  try {
    writing(index, () => writePointer(disk, index, { name, seal }));
  } finally {
    unlock();
  }
}
