/** The door to the disk under an index: the port, the machine's own, and what is durable when it returns. */
export { type Disk, type Found, type Input, isDiskError, type Output } from './disk.ts';
export { ensureFolder, PART, removeTree, renameSynced, replaceFile, writeSynced } from './durable.ts';
export { machineDisk } from './machine-disk.ts';
