/**
 * In which states can a crash leave the disk while this runs?
 *
 * After every single call that changes something, each state is taken that the disk could then be found in: Pillai et al., "All
 * File Systems Are Not Created Equal" (OSDI 2014), in one process and without a real file system. Exhaustive within the model of
 * simulated-file.ts and simulated-folder.ts; what cannot be told apart is kept once.
 */
import type { Disk } from '../../../engine/store/disk/index.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { keyOf, type Tree } from './tree.ts';

export interface CrashState {
  readonly tree: Tree;
  /** What had been told to a caller when the crash came: all of it must be there. */
  readonly told: readonly string[];
}

/** More than this is a scenario to be made smaller: nothing is left out silently. */
const STATES_MAX = 200_000;

/**
 * @param start what is on the disk before, durably
 * @param run what is done; `tell` is called when a caller may rely on something
 */
export async function crashStates(
  start: Tree,
  run: (disk: Disk, tell: (fact: string) => void) => Promise<void> | void,
): Promise<CrashState[]> {
  const states = new Map<string, CrashState>();
  let told: readonly string[] = [];
  const take = (disk: SimulatedDisk): void => {
    for (const tree of disk.afterCrash()) {
      const key = `${told.join('|')} ${keyOf(tree)}`;
      if (!states.has(key)) states.set(key, { tree, told });
      if (states.size > STATES_MAX) throw new RangeError(`More than ${STATES_MAX} crash states`);
    }
  };
  const disk: SimulatedDisk = new SimulatedDisk(start, () => take(disk));
  take(disk);
  await run(disk, (fact) => {
    told = [...told, fact];
    take(disk);
  });
  return [...states.values()];
}
