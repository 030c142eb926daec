/** Is a sync needed? The same disk, but its sync number `skipped`, 0-based, does nothing. */
import type { Disk } from '../../../engine/store/disk/index.ts';

/** @param count counts all of them */
export function withoutSync(disk: Disk, skipped: number, count: { syncs: number }): Disk {
  const counted = (sync: () => void): void => {
    if (count.syncs++ !== skipped) sync();
  };
  return new Proxy(disk, {
    get: (_, key) => {
      const value = Reflect.get(disk, key, disk) as unknown;
      if (typeof value !== 'function') return value;
      if (key === 'syncFile' || key === 'syncFolder') return (path: string) => counted(() => value.call(disk, path));
      if (key !== 'open') return value.bind(disk) as unknown;
      return (...given: Parameters<Disk['open']>) => {
        const output = disk.open(...given);
        return { ...output, sync: () => counted(output.sync) };
      };
    },
  });
}
