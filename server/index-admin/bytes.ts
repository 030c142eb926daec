import type { Manifest } from '../../engine/store/index.ts';

/** Of a generation's files, on the disk. */
export const indexBytes = ({ files }: Manifest): number =>
  Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
