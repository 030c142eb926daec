/**
 * What was so when the process ended? The state in a sealed file, replaced whole, so that a crash leaves what was or what is to be.
 *
 * A stop must not be lost by damage: of a file that cannot be read nobody knows whether it told of one, so everything is stopped until a
 * person has looked. A file that is not there says that nobody has ever changed anything.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Disk, ensureFolder, isDiskError, replaceFile } from '../../engine/store/disk/index.ts';
import type { CanarySettings } from './settings.ts';
import { AUTOMATIC, type CanaryState, initialState, stateSchema } from './state.ts';

export const STATE_FILE = 'canary.json';
const FORMAT = 1;

export interface ReadState {
  readonly state: CanaryState;
  /** Why what was there could not be read; null where it could, or nothing was. */
  readonly damage: string | null;
}

export class StateFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.path = join(directory, STATE_FILE);
  }

  /** Never throws. Of what cannot be read a copy is kept, and everything is stopped, here and at the next start. */
  read(settings: CanarySettings, nowMs: number): ReadState {
    const found = this.look(settings, nowMs);
    if (found.damage !== null) this.#keepAside(found.state);
    return found;
  }

  /** The same, and leaves the disk as it is. */
  look(settings: CanarySettings, nowMs: number): ReadState {
    const initial = initialState(settings);
    let reason: string;
    try {
      if (this.#disk.look(this.path) === null) return { state: initial, damage: null };
      const read = stateOf(Buffer.from(this.#disk.read(this.path)).toString('utf8'));
      if (read !== null) return { state: read, damage: null };
      reason = 'it is not what was written, or another version wrote it';
    } catch (error) {
      reason = (error as Error).message;
    }
    const damage = `The state of the experiments cannot be read, everything is stopped, and the file is kept as ${STATE_FILE}.damaged: ${reason}: ${this.path}`;
    const stop = { by: AUTOMATIC, reason: damage, atMs: nowMs };
    return { state: { ...initial, stop, stopSaidMs: nowMs }, damage };
  }

  /** Durable when it returns. @throws an error of the file system */
  write(state: CanaryState): void {
    ensureFolder(this.#disk, this.#directory);
    replaceFile(this.#disk, this.path, Buffer.from(sealed(state)));
  }

  /** What is damaged gets another name, and the stop its place: the next start must not find an empty place, where nothing is stopped. */
  #keepAside(stopped: CanaryState): void {
    try {
      replaceFile(this.#disk, `${this.path}.damaged`, this.#disk.read(this.path));
    } catch (error) {
      // It cannot be read at all, or there is no room: what holds is more than what held.
      if (!isDiskError(error)) throw error;
    }
    try {
      this.write(stopped);
    } catch (error) {
      // It stays where it is, and stops the next process, too.
      if (!isDiskError(error)) throw error;
    }
  }
}

const sealOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export function sealed(value: object): string {
  const text = JSON.stringify(value);
  return `{"format":${FORMAT},"sha256":"${sealOf(text)}","value":${text}}\n`;
}

/** Null where it is not what {@link sealed} made. */
export function unsealed(text: string): unknown {
  try {
    const { format, sha256, value } = JSON.parse(text) as { format?: unknown; sha256?: unknown; value?: unknown };
    return format === FORMAT && sha256 === sealOf(JSON.stringify(value)) ? value : null;
  } catch {
    return null;
  }
}

function stateOf(text: string): CanaryState | null {
  const parsed = stateSchema.safeParse(unsealed(text));
  return parsed.success ? parsed.data : null;
}
