/** Has the file of the keys changed? Looked at twice a second and on SIGHUP; what cannot be read changes nothing. */
import { statSync } from 'node:fs';
import { readKeys } from './key-file.ts';
import type { KeyRing } from './key-ring.ts';

const LOOK_EVERY_MS = 500;

export interface KeyWatch {
  /** Looks now. */
  look(): void;
  close(): void;
}

export interface WatchedKeys {
  readonly file: string;
  readonly ring: KeyRing;
  /** Told once of each state of the file that cannot be taken; the keys from before stay good. */
  readonly report: (detail: string) => void;
}

/** A file that is gone is no damage but an answer: there are no keys. */
export function watchKeys({ file, ring, report }: WatchedKeys): KeyWatch {
  let seen = signatureOf(file);
  const read = (): void => {
    try {
      ring.replace(readKeys(file));
    } catch (error) {
      report(`${(error as Error).message}; the keys from before stay good`);
    }
  };
  const look = (): void => {
    const now = signatureOf(file);
    if (now === seen) return;
    seen = now;
    read();
  };
  const hangUp = (): void => {
    seen = signatureOf(file);
    read();
  };
  // What came between the first reading and now.
  read();
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  process.on('SIGHUP', hangUp);
  return {
    look,
    close: () => {
      clearInterval(timer);
      process.off('SIGHUP', hangUp);
    },
  };
}

/** Changes whenever the file does: a rename brings another inode, a write another time, a chmod another mode. */
function signatureOf(file: string): string {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  } catch (error) {
    return (error as Error).message;
  }
}
