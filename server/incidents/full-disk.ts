/** A disk that at times has no room, on purpose: what is there can be read, and nothing is written. */
import { patientDisk, type RecordDisk } from '../../ops/durable/index.ts';

export const fullDisk = (full: () => boolean): RecordDisk => {
  const demandRoom = (): void => {
    if (full()) throw Object.assign(new Error('ENOSPC: no space left on device, on purpose'), { code: 'ENOSPC' });
  };
  return {
    ...patientDisk,
    open: async (path, how) => {
      demandRoom();
      const file = await patientDisk.open(path, how);
      return {
        ...file,
        write: (bytes) => {
          demandRoom();
          return file.write(bytes);
        },
      };
    },
  };
};
