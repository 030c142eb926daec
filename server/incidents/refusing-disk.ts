/** A disk that takes nothing: behind it incidents live in memory alone, and everybody who asks hears that they are not durable. */
import type { RecordDisk } from '../../ops/durable/index.ts';

const refuse = (): never => {
  throw new Error('Another process keeps this record');
};

export const refusingDisk: RecordDisk = {
  look: (path) => (path.endsWith('.jsonl') ? null : { bytes: 0 }),
  read: refuse,
  list: () => [],
  open: refuse,
  rename: refuse,
  unlink: refuse,
  makeFolder: () => undefined,
  syncFolder: () => undefined,
};
