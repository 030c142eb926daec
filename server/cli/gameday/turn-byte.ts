/** Turns a bit of a generation's largest file, as a disk does that is going bad. */
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export function turnByte(index: string, generation: string): void {
  const folder = join(index, 'generations', generation);
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return { path, bytes: statSync(path).size };
  });
  const [{ path, bytes }] = files.sort((one, other) => other.bytes - one.bytes) as [(typeof files)[number]];
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    const at = Math.floor(bytes / 2);
    readSync(file, byte, 0, 1, at);
    byte[0]! ^= 1;
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
}
